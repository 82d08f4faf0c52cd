/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Reading a realm file. Each statement has a function of its own, which gets the words of the line behind the first.
 */
#include "ukernel/corealm/realm_file.h"

#include "ukernel/corealm/words.h"

#include <comesg/conamespace.h>
#include <comesg/coport.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where reading is. */
struct reader {
    const char *path;
    unsigned line;
    struct realm_file *realm;
    struct program *program; /* the one that the statements are about; NULL before the first */
    char *last;              /* its name */
    unsigned last_line;
};

__attribute__((format(printf, 2, 3))) static bool complain(const struct reader *reader, const char *format, ...)
{
    char message[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    fprintf(stderr, "comesg: %s:%u: %s\n", reader->path, reader->line, message);
    return false;
}

/* A name of a fixed set. */
struct choice {
    const char *name;
    uint64_t value;
};

static bool choose(const struct choice *choices, const char *word, uint64_t *value)
{
    for (; choices->name; choices++) {
        if (word && strcmp(choices->name, word) == 0) {
            *value = choices->value;
            return true;
        }
    }
    return false;
}

/* A number, perhaps with k, M or G. */
static bool read_number(const char *word, uint64_t *value)
{
    static const struct choice units[] = {{"", 1}, {"k", 1 << 10}, {"M", 1 << 20}, {"G", 1 << 30}, {NULL, 0}};
    char *end;
    uint64_t unit;
    errno = 0;
    if (!word || *word < '0' || *word > '9')
        return false;
    *value = strtoull(word, &end, 10);
    if (errno || !choose(units, end, &unit) || *value > UINT64_MAX / unit)
        return false;
    *value *= unit;
    return true;
}

static const struct object *find_object(const struct realm_file *realm, const char *name)
{
    for (size_t i = 0; i < realm->object_count; i++) {
        if (strcmp(realm->objects[i].name, name) == 0)
            return &realm->objects[i];
    }
    return NULL;
}

static const struct program *find_program(const struct realm_file *realm, const char *name)
{
    for (size_t i = 0; i < realm->program_count; i++) {
        if (strcmp(realm->programs[i].name, name) == 0)
            return &realm->programs[i];
    }
    return NULL;
}

static struct object *add_object(struct reader *reader, enum object_kind kind, char *name)
{
    struct realm_file *realm = reader->realm;
    const struct object *other = name ? find_object(realm, name) : NULL;
    if (!name || other || realm->object_count == OBJECTS_MAX) {
        if (!name)
            complain(reader, "a name is missing");
        else if (other)
            complain(reader, "%s has been declared in line %u", name, other->line);
        else
            complain(reader, "more than %d objects", OBJECTS_MAX);
        return NULL;
    }
    struct object *object = &realm->objects[realm->object_count++];
    *object = (struct object){.name = name, .line = reader->line, .kind = kind};
    return object;
}

/* port NAME pipe|carrier|channel [SIZE] */
static bool read_port(struct reader *reader, char **words, size_t count)
{
    static const struct choice types[] = {{"pipe", COPIPE}, {"carrier", COCARRIER}, {"channel", COCHANNEL}, {NULL, 0}};
    uint64_t type;
    struct object *object = add_object(reader, OBJECT_PORT, words[0]);
    if (!object)
        return false;
    if (count < 2 || count > 3 || !choose(types, words[1], &type))
        return complain(reader, "a port is `port NAME pipe', `carrier' or `channel', perhaps with a size");
    object->type = (int)type;
    if (count == 3 && (type == COPIPE || !read_number(words[2], &object->size)))
        return complain(reader, "%s is no size for a %s", words[2], words[1]);
    return true;
}

/* memory NAME SIZE */
static bool read_memory(struct reader *reader, char **words, size_t count)
{
    struct object *object = add_object(reader, OBJECT_MEMORY, words[0]);
    if (!object)
        return false;
    if (count != 2 || !read_number(words[1], &object->size) || object->size == 0)
        return complain(reader, "memory is `memory NAME SIZE'");
    return true;
}

static const struct choice rights[] = {
    {"send", CORIGHT_SEND}, {"receive", CORIGHT_RECV}, {"read", CORIGHT_R},  {"write", CORIGHT_W},
    {"select", CORIGHT_RO}, {"insert", CORIGHT_WR},    {"own", CORIGHT_OWN}, {NULL, 0},
};

static const uint32_t rights_of_kind[] = {
    [OBJECT_PORT] = CORIGHT_SEND | CORIGHT_RECV,
    [OBJECT_NAMESPACE] = CORIGHT_OWN,
    [OBJECT_MEMORY] = CORIGHT_R | CORIGHT_W,
};

/* NAME [RIGHT...] */
static bool read_given(const struct reader *reader, char **words, size_t count, struct given *given)
{
    *given = (struct given){.object = count ? find_object(reader->realm, words[0]) : NULL};
    if (!given->object)
        return complain(reader, "%s has not been declared above", count ? words[0] : "nothing");
    for (size_t i = 1; i < count; i++) {
        uint64_t right;
        if (!choose(rights, words[i], &right) || right & ~(uint64_t)rights_of_kind[given->object->kind])
            return complain(reader, "%s is no right to %s", words[i], words[0]);
        given->rights |= (uint32_t)right;
    }
    return true;
}

static const struct choice namespace_types[] = {
    {"application", APPLICATION}, {"public", PUBLIC}, {"private", PRIVATE}, {"library", LIBRARY}, {NULL, 0}};

/* Before the first program: namespace NAME TYPE. Of a program: namespace none, or NAME [RIGHT] */
static bool read_namespace(struct reader *reader, char **words, size_t count)
{
    struct program *program = reader->program;
    if (!program) {
        uint64_t type;
        struct object *object = add_object(reader, OBJECT_NAMESPACE, words[0]);
        if (!object)
            return false;
        if (count != 2 || !choose(namespace_types, words[1], &type))
            return complain(reader, "a namespace is `namespace NAME application', `library', `public' or `private'");
        object->type = (int)type;
        return true;
    }
    if (program->has_root)
        return complain(reader, "%s has a namespace already", program->name);
    program->has_root = true;
    if (count == 1 && strcmp(words[0], "none") == 0)
        return true;
    if (!read_given(reader, words, count, &program->root))
        return false;
    return program->root.object->kind == OBJECT_NAMESPACE || complain(reader, "%s is no namespace", words[0]);
}

/* program NAME PATH [ARGUMENT...] */
static bool read_program(struct reader *reader, char **words, size_t count)
{
    struct realm_file *realm = reader->realm;
    if (count < 2)
        return complain(reader, "a program is `program NAME PATH [ARGUMENT...]'");
    if (find_program(realm, words[0]))
        return complain(reader, "%s has been declared in line %u", words[0], find_program(realm, words[0])->line);
    if (realm->program_count == PROGRAMS_MAX)
        return complain(reader, "more than %d programs", PROGRAMS_MAX);
    reader->program = &realm->programs[realm->program_count++];
    *reader->program = (struct program){.name = words[0], .line = reader->line};
    memcpy(reader->program->arguments, words + 1, (count - 1) * sizeof words[0]);
    return true;
}

/* environment NAME=VALUE... */
static bool read_environment(struct reader *reader, char **words, size_t count)
{
    struct program *program = reader->program;
    for (size_t i = 0; i < count; i++) {
        if (!strchr(words[i], '=') || words[i][0] == '=')
            return complain(reader, "%s is not NAME=VALUE", words[i]);
        if (program->environment_count == WORDS_MAX)
            return complain(reader, "more than %d variables", WORDS_MAX);
        program->environment[program->environment_count++] = words[i];
    }
    return count > 0 || complain(reader, "NAME=VALUE is missing");
}

static bool read_directory(struct reader *reader, char **words, size_t count)
{
    if (count != 1)
        return complain(reader, "a directory is `directory PATH'");
    reader->program->directory = words[0];
    return true;
}

/* user UID [GID] */
static bool read_user(struct reader *reader, char **words, size_t count)
{
    uint64_t user = 0, group = 0;
    if (count < 1 || count > 2 || !read_number(words[0], &user) || (count == 2 && !read_number(words[1], &group)) ||
        user >= UINT32_MAX || group >= UINT32_MAX)
        return complain(reader, "a user is `user UID [GID]', in numbers");
    reader->program->flags |= COEXEC_UID | (count == 2 ? COEXEC_GID | COEXEC_GROUPS : 0);
    reader->program->user = (uid_t)user;
    reader->program->group = (gid_t)group;
    return true;
}

/* calls none, or classes */
static bool read_calls(struct reader *reader, char **words, size_t count)
{
    static const struct choice classes[] = {
        {"none", COEXEC_CALLS_NONE}, {"files", COEXEC_CALLS_FILES}, {"network", COEXEC_CALLS_NETWORK}, {NULL, 0}};
    reader->program->flags |= COEXEC_SYSTEM_CALLS;
    for (size_t i = 0; i < count; i++) {
        uint64_t class;
        if (!choose(classes, words[i], &class))
            return complain(reader, "%s is no class of system calls: none, files, network", words[i]);
        reader->program->system_calls |= (uint32_t) class;
    }
    return count > 0 || complain(reader, "which system calls: none, files, network");
}

/* quota RESOURCE LIMIT */
static bool read_quota(struct reader *reader, char **words, size_t count)
{
    static const struct choice resources[] = {
        {"memory", COQUOTA_MEMORY},
        {"mappings", COQUOTA_MAPPINGS},
        {"threads", COQUOTA_THREADS},
        {"handles", COQUOTA_HANDLES},
        {"co-processes", COQUOTA_COPROCESSES},
        {"ports", COQUOTA_PORTS},
        {"port-memory", COQUOTA_PORT_MEMORY},
        {"names", COQUOTA_NAMES},
        {"shared-memory", COQUOTA_SHARED_MEMORY},
        {"events", COQUOTA_EVENTS},
        {"services", COQUOTA_SERVICES},
        {NULL, 0},
    };
    struct program *program = reader->program;
    uint64_t resource, limit;
    if (count != 2 || !choose(resources, words[0], &resource))
        return complain(reader, "a quota is `quota RESOURCE LIMIT', of memory, mappings, threads, handles, "
                                "co-processes, ports, port-memory, names, shared-memory, events or services");
    if (!read_number(words[1], &limit))
        return complain(reader, "%s is no limit: a number, perhaps with k, M or G", words[1]);
    for (size_t i = 0; i < program->quota_count; i++) {
        if (program->quotas[i].resource == resource)
            return complain(reader, "%s has a quota of %s already", program->name, words[0]);
    }
    program->quotas[program->quota_count++] = (struct coexec_quota){.resource = (uint32_t)resource, .limit = limit};
    return true;
}

static bool read_handle(struct reader *reader, char **words, size_t count)
{
    struct program *program = reader->program;
    if (program->handle_count == HANDLES_GIVEN_MAX)
        return complain(reader, "more than %d handles", HANDLES_GIVEN_MAX);
    return read_given(reader, words, count, &program->handles[program->handle_count++]);
}

/* restart never, or always|on-failure [MOST SECONDS] */
static bool read_restart(struct reader *reader, char **words, size_t count)
{
    static const struct choice policies[] = {
        {"never", RESTART_NEVER}, {"always", RESTART_ALWAYS}, {"on-failure", RESTART_ON_FAILURE}, {NULL, 0}};
    uint64_t policy, most = 5, seconds = 10;
    if ((count != 1 && count != 3) || !choose(policies, words[0], &policy))
        return complain(reader, "a restart policy is `restart never', `always' or `on-failure', perhaps with how often "
                                "in how many seconds");
    if (count == 3 && (!read_number(words[1], &most) || !read_number(words[2], &seconds) || most < 1 || most > 1000 ||
                       seconds > 1000000))
        return complain(reader, "%s in %s seconds: not from 1 to 1000 times", words[1], words[2]);
    reader->program->restart = (enum restart)policy;
    reader->program->restarts_max = (unsigned)most;
    reader->program->restarts_seconds = (unsigned)seconds;
    return true;
}

static bool read_no_publish(struct reader *reader, char **words, size_t count)
{
    if (count != 1 || strcmp(words[0], "no"))
        return complain(reader, "publishing is forbidden by `publish no'");
    reader->program->flags |= COEXEC_NO_PUBLISH;
    return true;
}

/* main NAME */
static bool read_main(struct reader *reader, char **words, size_t count)
{
    if (count != 1)
        return complain(reader, "the main program is `main NAME'");
    if (reader->last)
        return complain(reader, "line %u has named the main program", reader->last_line);
    reader->last = words[0];
    reader->last_line = reader->line;
    return true;
}

static const struct statement {
    const char *name;
    bool (*read)(struct reader *, char **words, size_t count);
    enum { ANYWHERE, BEFORE_PROGRAMS, OF_PROGRAM } place;
} statements[] = {
    {"port", read_port, BEFORE_PROGRAMS},      {"memory", read_memory, BEFORE_PROGRAMS},
    {"namespace", read_namespace, ANYWHERE},   {"main", read_main, ANYWHERE},
    {"program", read_program, ANYWHERE},       {"environment", read_environment, OF_PROGRAM},
    {"directory", read_directory, OF_PROGRAM}, {"user", read_user, OF_PROGRAM},
    {"calls", read_calls, OF_PROGRAM},         {"quota", read_quota, OF_PROGRAM},
    {"handle", read_handle, OF_PROGRAM},       {"restart", read_restart, OF_PROGRAM},
    {"publish", read_no_publish, OF_PROGRAM},
};

static bool read_statement(struct reader *reader, char **words, size_t count)
{
    for (size_t i = 0; i < sizeof statements / sizeof statements[0]; i++) {
        const struct statement *statement = &statements[i];
        if (strcmp(words[0], statement->name))
            continue;
        if (statement->place == OF_PROGRAM && !reader->program)
            return complain(reader, "`%s' is about a program, and none has been named yet", words[0]);
        if (statement->place == BEFORE_PROGRAMS && reader->program)
            return complain(reader, "`%s' has to come before the first program", words[0]);
        return statement->read(reader, words + 1, count - 1);
    }
    return complain(reader, "`%s' is no statement", words[0]);
}

static bool read_line(struct reader *reader, const char *line)
{
    char *words[WORDS_MAX + 1];
    size_t count;
    switch (words_split(line, words, WORDS_MAX, &count)) {
    case WORDS_GOOD:
        return count == 0 || read_statement(reader, words, count);
    case WORDS_TOO_MANY:
        return complain(reader, "more than %d words", WORDS_MAX);
    case WORDS_QUOTE:
        return complain(reader, "a quote is not closed");
    default:
        return complain(reader, "out of memory");
    }
}

static bool find_last(struct reader *reader)
{
    struct realm_file *realm = reader->realm;
    if (realm->program_count == 0)
        return complain(reader, "there is no program");
    realm->last = &realm->programs[realm->program_count - 1];
    if (!reader->last)
        return true;
    reader->line = reader->last_line;
    realm->last = find_program(realm, reader->last);
    return realm->last || complain(reader, "there is no program %s", reader->last);
}

bool realm_file_read(const char *path, struct realm_file *realm)
{
    struct reader reader = {.path = path, .realm = realm};
    char *line = NULL;
    size_t size = 0;
    bool good = true;
    FILE *file = fopen(path, "r");
    if (!file) {
        fprintf(stderr, "comesg: %s: %s\n", path, strerror(errno));
        return false;
    }
    while (good && getline(&line, &size, file) >= 0) {
        reader.line++;
        good = read_line(&reader, line);
    }
    if (good && ferror(file)) {
        fprintf(stderr, "comesg: %s: %s\n", path, strerror(errno));
        good = false;
    }
    free(line);
    fclose(file);
    return good && find_last(&reader);
}
