/* SPDX-License-Identifier: BSD-2-Clause
 *
 * A Lua program that calls, makes tables and closures, concatenates and searches strings, and sorts.
 */
#include "work.h"

#include <lauxlib.h>
#include <lualib.h>
#include <stdio.h>

static const char program[] =
    "local function fibonacci(n)\n"
    "    if n < 2 then return n end\n"
    "    return fibonacci(n - 1) + fibonacci(n - 2)\n"
    "end\n"
    "local function sieve(limit)\n"
    "    local composite, count = {}, 0\n"
    "    for i = 2, limit do\n"
    "        if not composite[i] then\n"
    "            count = count + 1\n"
    "            for k = i * i, limit, i do composite[k] = true end\n"
    "        end\n"
    "    end\n"
    "    return count\n"
    "end\n"
    "local function shuffle_and_sort(count)\n"
    "    local list, state = {}, 42\n"
    "    for i = 1, count do\n"
    "        state = (state * 1103515245 + 12345) & 0x7fffffff\n"
    "        list[i] = state\n"
    "    end\n"
    "    table.sort(list, function(a, b) return a < b end)\n"
    "    return list[count // 2]\n"
    "end\n"
    "local function words(count)\n"
    "    local seen, parts = {}, {}\n"
    "    for i = 1, count do\n"
    "        local word = 'w' .. (i * 7919 % 1009)\n"
    "        seen[word] = (seen[word] or 0) + 1\n"
    "        parts[#parts + 1] = word\n"
    "    end\n"
    "    local sum = 0\n"
    "    for word in table.concat(parts, ' '):gmatch('%a(%d+)') do\n"
    "        sum = sum + tonumber(word) * seen['w' .. word]\n"
    "    end\n"
    "    return sum\n"
    "end\n"
    "local Vector = {}\n"
    "Vector.__index = Vector\n"
    "Vector.__add = function(a, b) return setmetatable({x = a.x + b.x, y = a.y + b.y}, Vector) end\n"
    "function Vector:length() return math.sqrt(self.x * self.x + self.y * self.y) end\n"
    "local function walk(steps)\n"
    "    local at = setmetatable({x = 0.5, y = 0.25}, Vector)\n"
    "    local step = setmetatable({x = 0.125, y = 1.5}, Vector)\n"
    "    local sum = 0.0\n"
    "    for _ = 1, steps do\n"
    "        at = at + step\n"
    "        sum = sum + at:length()\n"
    "    end\n"
    "    return sum\n"
    "end\n"
    "function round()\n"
    "    return string.format('%d %d %d %d %.6f', fibonacci(22), sieve(40000), shuffle_and_sort(6000), words(6000),\n"
    "        walk(20000))\n"
    "end\n";

static lua_State *state;
static char result[256];

void work_prepare(void)
{
    state = luaL_newstate();
    if (!state)
        work_fail("lua: out of memory");
    luaL_openlibs(state);
    if (luaL_dostring(state, program) != LUA_OK)
        work_fail(lua_tostring(state, -1));
}

void work_round(void)
{
    lua_getglobal(state, "round");
    if (lua_pcall(state, 0, 1, 0) != LUA_OK)
        work_fail(lua_tostring(state, -1));
    snprintf(result, sizeof result, "%s", lua_tostring(state, -1));
    lua_pop(state, 1);
}

uint64_t work_result(void)
{
    return work_sum(0, result, sizeof result);
}
