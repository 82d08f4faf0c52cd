/* SPDX-License-Identifier: BSD-2-Clause
 *
 * Vector intrinsics with operands in memory and in registers: SSE2, and what else the options of the compiler admit.
 */
#include "language.h"
#include <immintrin.h>

static _Alignas(64) unsigned char memory[4096 + 64];

#define SUM(v)                                                                                                         \
    do {                                                                                                               \
        __typeof__(v) sum_ = (v);                                                                                      \
        total = join(total, hash(&sum_, sizeof sum_));                                                                 \
    } while (0)

ALONE static uint64_t sse2_integers(const __m128i *p, size_t offset, int by)
{
    uint64_t total = 0;
    for (int i = 0; i < 20; i++, p++) {
        __m128i a = _mm_load_si128(p), b = _mm_loadu_si128((const __m128i *)((const char *)p + offset));
        SUM(_mm_add_epi8(a, p[1]));
        SUM(_mm_adds_epi16(a, b));
        SUM(_mm_subs_epu8(a, b));
        SUM(_mm_sub_epi64(p[2], a));
        SUM(_mm_mulhi_epi16(a, b));
        SUM(_mm_mulhi_epu16(a, p[3]));
        SUM(_mm_mul_epu32(a, b));
        SUM(_mm_madd_epi16(a, b));
        SUM(_mm_sad_epu8(a, b));
        SUM(_mm_avg_epu16(a, b));
        SUM(_mm_max_epu8(a, p[1]));
        SUM(_mm_min_epi16(a, b));
        SUM(_mm_andnot_si128(a, b));
        SUM(_mm_sll_epi32(a, _mm_cvtsi32_si128(by)));
        SUM(_mm_sra_epi16(a, _mm_cvtsi32_si128(by)));
        SUM(_mm_srli_si128(a, 5));
        SUM(_mm_shufflelo_epi16(p[1], 0x1b));
        SUM(_mm_shufflehi_epi16(a, 0x4e));
        SUM(_mm_shuffle_epi32(p[2], 0x93));
        SUM(_mm_unpackhi_epi64(a, b));
        SUM(_mm_unpacklo_epi16(a, p[1]));
        SUM(_mm_packus_epi16(a, b));
        SUM(_mm_packs_epi32(a, p[1]));
        SUM(_mm_insert_epi16(a, by, 3));
        SUM(_mm_cmpeq_epi8(a, b));
        SUM(_mm_cmplt_epi32(a, p[1]));
        SUM(_mm_loadl_epi64((const __m128i *)((const char *)p + 8)));
        SUM(_mm_cvtsi64_si128((long long)total));
        total = join(total, (uint64_t)_mm_movemask_epi8(a) + (uint64_t)_mm_extract_epi16(b, 5) +
                                (uint64_t)_mm_cvtsi128_si64(a));
    }
    return total;
}

ALONE static uint64_t sse2_stores(unsigned char *to, const __m128i *p)
{
    _mm_store_si128((__m128i *)to, p[1]);
    _mm_storeu_si128((__m128i *)(to + 17), p[2]);
    _mm_storel_epi64((__m128i *)(to + 35), p[3]);
    _mm_stream_si128((__m128i *)(to + 64), p[4]);
    _mm_stream_si64((long long *)(to + 88), 0x123456789abcdef0);
    _mm_storeh_pd((double *)(to + 96), _mm_castsi128_pd(p[5]));
    _mm_storel_pd((double *)(to + 104), _mm_castsi128_pd(p[5]));
    _mm_store_ss((float *)(to + 112), _mm_set_ss(1.5f));
    _mm_storeu_ps((float *)(to + 117), _mm_set_ps(1, 2, 3, 4));
    _mm_store1_pd((double *)(to + 144), _mm_set_sd(2.5));
    _mm_storer_ps((float *)(to + 160), _mm_set_ps(1, 2, 3, 4));
    _mm_sfence();
    _mm_prefetch((const char *)to, _MM_HINT_T0);
    return hash(to, 200);
}

ALONE static uint64_t sse2_floats(const float *f, const double *d, const int *n)
{
    uint64_t total = 0;
    for (int i = 0; i < 20; i++, f++, d++, n++) {
        __m128 a = _mm_loadu_ps(f), b = _mm_set_ps(1, -2, 3, 0.5f);
        __m128d c = _mm_loadu_pd(d), e = _mm_loadh_pd(_mm_load_sd(d + 1), d + 3);
        SUM(_mm_add_ps(a, b));
        SUM(_mm_div_ss(a, b));
        SUM(_mm_sqrt_pd(_mm_mul_pd(c, c)));
        SUM(_mm_sub_sd(c, e));
        SUM(_mm_max_ps(a, b));
        SUM(_mm_min_pd(c, e));
        SUM(_mm_shuffle_ps(a, b, 0x6c));
        SUM(_mm_shuffle_pd(c, e, 1));
        SUM(_mm_unpackhi_ps(a, b));
        SUM(_mm_movehl_ps(a, b));
        SUM(_mm_cmple_ps(a, b));
        SUM(_mm_cmpneq_sd(c, e));
        SUM(_mm_andnot_pd(c, e));
        SUM(_mm_cvtps_epi32(a));
        SUM(_mm_cvttpd_epi32(c));
        SUM(_mm_cvtepi32_pd(_mm_loadu_si128((const __m128i *)n)));
        SUM(_mm_cvtpd_ps(c));
        SUM(_mm_cvtps_pd(a));
        SUM(_mm_cvtsi64_sd(c, n[1] * 1000000007ll));
        total =
            join(total, (uint64_t)_mm_cvttss_si64(a) + (uint64_t)_mm_cvtsd_si32(c) + (uint64_t)_mm_movemask_ps(a) * 3);
        total = join(total,
                     (uint64_t)_mm_comilt_ss(a, b) + (uint64_t)_mm_ucomieq_sd(c, e) * 2 + (uint64_t)_mm_movemask_pd(c));
    }
    return total;
}

#ifdef __SSE4_2__
ALONE static uint64_t sse4(const __m128i *p, const char *text)
{
    uint64_t total = 0;
    for (int i = 0; i < 20; i++, p++) {
        __m128i a = p[0], b = p[1];
        SUM(_mm_shuffle_epi8(a, p[2]));
        SUM(_mm_alignr_epi8(a, b, 7));
        SUM(_mm_maddubs_epi16(a, b));
        SUM(_mm_hadd_epi32(a, b));
        SUM(_mm_sign_epi16(a, b));
        SUM(_mm_abs_epi8(p[3]));
        SUM(_mm_mullo_epi32(a, b));
        SUM(_mm_mul_epi32(a, b));
        SUM(_mm_blendv_epi8(a, b, p[2]));
        SUM(_mm_blend_epi16(a, p[3], 0x5a));
        SUM(_mm_cvtepu8_epi16(p[4]));
        SUM(_mm_cvtepi16_epi64(a));
        SUM(_mm_minpos_epu16(a));
        SUM(_mm_mpsadbw_epu8(a, b, 5));
        SUM(_mm_packus_epi32(a, b));
        SUM(_mm_cmpgt_epi64(a, b));
        SUM(_mm_insert_epi64(a, (long long)total, 1));
        SUM(_mm_insert_epi8(a, i, 9));
        SUM(_mm_insert_ps(_mm_castsi128_ps(a), _mm_castsi128_ps(b), 0x9a));
        SUM(_mm_round_pd(_mm_cvtepi32_pd(a), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC));
        SUM(_mm_dp_ps(_mm_cvtepi32_ps(_mm_srli_epi32(a, 12)), _mm_set1_ps(0.5f), 0xf3));
        total = join(total, (uint64_t)_mm_extract_epi64(a, 1) + (uint64_t)_mm_testz_si128(a, b) +
                                (uint64_t)_mm_extract_epi8(b, 3));
        total = join(total, _mm_crc32_u64(total, (uint64_t)i) + _mm_crc32_u8(5, (unsigned char)i));
    }
    __m128i set = _mm_setr_epi8('a', 'e', 'i', 'o', 'u', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    __m128i words = _mm_loadu_si128((const __m128i *)text);
    total = join(total, (uint64_t)_mm_cmpistri(set, words, _SIDD_CMP_EQUAL_ANY));
    SUM(_mm_cmpistrm(set, words, _SIDD_CMP_EQUAL_ANY | _SIDD_UNIT_MASK));
    return join(total, (uint64_t)_mm_cmpestri(set, 5, words, 16, _SIDD_CMP_RANGES | _SIDD_NEGATIVE_POLARITY));
}
#endif

#ifdef __AVX2__
ALONE static uint64_t avx2(const __m256i *p, size_t offset, const int *n, unsigned char *to)
{
    uint64_t total = 0;
    for (int i = 0; i < 20; i++, p++) {
        __m256i a = _mm256_load_si256(p), b = _mm256_loadu_si256((const __m256i *)((const char *)p + offset));
        __m256d c = _mm256_cvtepi32_pd(_mm256_castsi256_si128(a)),
                d = _mm256_cvtepi32_pd(_mm256_extracti128_si256(b, 1));
        SUM(_mm256_add_epi64(a, p[1]));
        SUM(_mm256_permute2x128_si256(a, p[2], 0x21));
        SUM(_mm256_permutevar8x32_epi32(a, b));
        SUM(_mm256_permute4x64_epi64(a, 0x1b));
        SUM(_mm256_shuffle_epi8(a, b));
        SUM(_mm256_alignr_epi8(a, b, 3));
        SUM(_mm256_blendv_epi8(a, b, p[1]));
        SUM(_mm256_blend_epi32(a, p[3], 0x5a));
        SUM(_mm256_sllv_epi32(a, _mm256_and_si256(b, _mm256_set1_epi32(31))));
        SUM(_mm256_srlv_epi64(a, _mm256_set1_epi64x(i)));
        SUM(_mm256_srav_epi32(a, _mm256_set1_epi32(7)));
        SUM(_mm256_broadcastb_epi8(_mm256_castsi256_si128(a)));
        SUM(_mm256_broadcastsi128_si256(_mm256_castsi256_si128(b)));
        SUM(_mm256_cvtepu8_epi32(_mm256_castsi256_si128(a)));
        SUM(_mm256_inserti128_si256(a, _mm256_castsi256_si128(b), 1));
        SUM(_mm256_maskload_epi32(n, a));
        SUM(_mm256_sad_epu8(a, b));
        SUM(_mm256_mulhrs_epi16(a, b));
        SUM(_mm256_unpackhi_epi8(a, p[1]));
        SUM(_mm256_fmadd_pd(c, d, d));
        SUM(_mm256_fnmsub_pd(c, d, c));
        SUM(_mm256_hadd_pd(c, d));
        SUM(_mm256_addsub_pd(c, d));
        SUM(_mm256_permute_pd(c, 6));
        SUM(_mm256_cvtpd_ps(c));
        SUM(_mm256_cmp_pd(c, d, _CMP_NLE_UQ));
        SUM(_mm256_movedup_pd(c));
        SUM(_mm256_insertf128_pd(c, _mm256_castpd256_pd128(d), 1));
        SUM(_mm256_broadcast_sd((const double *)p));
        SUM(_mm256_cvtph_ps(_mm_srli_epi16(_mm256_castsi256_si128(a), 2)));
        SUM(_mm256_cvtps_ph(_mm256_cvtepi32_ps(_mm256_srli_epi32(a, 20)), 0));
        _mm256_maskstore_epi64((long long *)(to + 8 * i), a, b);
        _mm256_storeu_ps((float *)(to + 300 + i), _mm256_castsi256_ps(b));
        _mm256_stream_si256((__m256i *)(to + 512), a);
        total = join(total, (uint64_t)_mm256_movemask_epi8(a) + (uint64_t)_mm256_testc_si256(a, b));
    }
    _mm256_zeroupper();
    return join(total, hash(to, 600));
}

ALONE static uint64_t bit_manipulation(uint64_t a, uint64_t b, const uint64_t *p)
{
    unsigned long long high, low = _mulx_u64(a, p[1], &high);
    uint64_t total = join(low, high);
    total = join(total, _pdep_u64(a, b) ^ _pext_u64(b, p[2]));
    total = join(total, _bzhi_u64(a, 37) + _blsr_u64(b) + _blsi_u64(p[3]) + _blsmsk_u64(a));
    total = join(total, _andn_u64(a, b) + _bextr_u64(p[0], 5, 23));
    total = join(total, _lzcnt_u64(a) + _tzcnt_u64(p[1]) + (uint64_t)_mm_popcnt_u64(b));
    total = join(total, _lzcnt_u32((unsigned)a) + __tzcnt_u16((unsigned short)b) * 64u);
    total = join(total, (a << (b & 63)) ^ (a >> (p[1] & 63)) ^ (uint64_t)((long)a >> (p[2] & 63)));
    return join(total, __builtin_bswap64(p[2]) ^ (a >> 13 | a << 51));
}
#endif

/* Vectors of the compiler's own, also wider than any register, by value. */
typedef int v8 __attribute__((vector_size(32)));
typedef short v32 __attribute__((vector_size(64)));
typedef double d16 __attribute__((vector_size(128)));

ALONE static v32 own_vectors(v8 a, v32 b, v32 c, d16 *d)
{
    *d = *d * 1.5 + 2;
    for (int i = 0; i < 8; i++)
        b[i] = (short)(b[i] + a[(i * 3) & 7]);
    v32 mask = b > c;
    return (b & mask) + (c | ~mask) * 3 + __builtin_shuffle(b, c & 31) / 7;
}

void vectors(void)
{
    for (size_t i = 0; i < sizeof memory; i++)
        memory[i] = (unsigned char)next_random();
    static float f[40];
    static double d[40];
    static int n[40];
    static _Alignas(64) unsigned char to[1024];
    for (int i = 0; i < 40; i++) {
        f[i] = (float)(int)(next_random() % 2001 - 1000) / 8;
        d[i] = (double)(int)(next_random() % 2001 - 1000) / 16;
        n[i] = (int)next_random();
    }
    for (int i = 0; i < 4; i++) {
        const void *p = opaque_pointer(memory + 64 * i);
        result("integers", sse2_integers(p, (size_t)opaque(i * 3 + 1), i * 5));
        result("stores", sse2_stores(to, p));
        result("floats", sse2_floats(f + i, d + i, n + i));
#ifdef __SSE4_2__
        result("sse4", sse4(p, "the quick brown fox" + i));
#endif
#ifdef __AVX2__
        result("avx2", avx2(p, (size_t)opaque(i * 5 + 1), n, to));
        result("bits", bit_manipulation(next_random(), next_random(), p));
#endif
        d16 big = {1, 2, 3, (double)i};
        v32 own = own_vectors((v8){1, 2, 3, i}, (v32){5, 6, 7}, (v32){8, -9, (short)i}, &big);
        result("own", join(hash(&own, sizeof own), hash(&big, sizeof big)));
    }
}
