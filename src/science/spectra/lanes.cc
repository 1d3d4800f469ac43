#include "science/spectra/lanes.h"

#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace beltwarden::spectra::lanes {
namespace {

using Eigen::Index;

constexpr Index kLanes = 4;
constexpr Index kMostAtOnce = 10;   // partial sums of so many columns fit the registers of AVX2
constexpr Index kPadding = 16;
Index padded_points(Index points) { return (points + kPadding - 1) / kPadding * kPadding; }

// Of the group that begins with column `first`: groups as even as can be.
Index group_width(Index columns, Index first) {
  if (columns <= kMostAtOnce) return columns;
  const Index groups = (columns + kMostAtOnce - 1) / kMostAtOnce, least = columns / groups, wider = columns % groups;
  return first < wider * (least + 1) ? least + 1 : least;
}

// The order of every sum, as loops over lanes; and the same order by AVX2's registers of four. lanes_test.cc holds them to the same bits.

double joined(const double* v) { return (v[0] + v[2]) + (v[1] + v[3]); }

// Four registers of partial sums into one number.
double joined_blocks(const double (&sums)[4][kLanes]) {
  double whole[kLanes];
  for (int l = 0; l < kLanes; ++l) whole[l] = (sums[0][l] + sums[2][l]) + (sums[1][l] + sums[3][l]);
  return joined(whole);
}

struct Baseline {
  static double sum(const double* x, Index n) {
    double sums[4][kLanes] = {};
    Index i = 0;
    for (; i + 16 <= n; i += 16) {
      for (int k = 0; k < 4; ++k) {
        for (int l = 0; l < kLanes; ++l) sums[k][l] += x[i + kLanes * k + l];
      }
    }
    double last = 0;
    for (; i < n; ++i) last += x[i];
    return joined_blocks(sums) + last;
  }

  static double squares(const double* x, Index n, double mean) {
    double sums[4][kLanes] = {};
    Index i = 0;
    for (; i + 16 <= n; i += 16) {
      for (int k = 0; k < 4; ++k) {
        for (int l = 0; l < kLanes; ++l) {
          const double off = x[i + kLanes * k + l] - mean;
          sums[k][l] += off * off;
        }
      }
    }
    double last = 0;
    for (; i < n; ++i) last += (x[i] - mean) * (x[i] - mean);
    return joined_blocks(sums) + last;
  }

  static void scale(double* x, Index n, double offset, double factor) {
    for (Index i = 0; i < n; ++i) x[i] = (x[i] - offset) * factor;
  }

  // `points` is a whole number of blocks.
  template <int kColumns, class T>
  static const T* products(const double* x, const double* mean, Index points, const T* packed, double (&sums)[kMostAtOnce][kLanes]) {
    for (Index i = 0; i < points; i += kLanes) {
      double off[kLanes];
      for (int l = 0; l < kLanes; ++l) off[l] = x[i + l] - mean[i + l];
      for (int c = 0; c < kColumns; ++c, packed += kLanes) {
        for (int l = 0; l < kLanes; ++l) sums[c][l] += off[l] * static_cast<double>(packed[l]);
      }
    }
    return packed;
  }

  // Whole blocks of kPadding points from `first_point` on; adds the squares of what is left of them to `sums`.
  template <class T>
  static void rest(const double* x, const double* mean, Index points, Index first_point, Index padded, const T* packed, Index columns,
                   const double* amounts, double (&sums)[4][kLanes]) {
    for (Index i = 0; i < points; i += kPadding) {
      double e[kPadding];
      for (int k = 0; k < kPadding; ++k) e[k] = x[i + k] - mean[i + k];
      for (Index first = 0; first < columns;) {
        const Index width = group_width(columns, first);
        const T* block = packed + first * padded + (first_point + i) * width;
        for (Index c = 0; c < width; ++c) {
          for (int k = 0; k < kPadding / kLanes; ++k) {
            for (int l = 0; l < kLanes; ++l) e[kLanes * k + l] -= amounts[first + c] * static_cast<double>(block[kLanes * (k * width + c) + l]);
          }
        }
        first += width;
      }
      for (int k = 0; k < 4; ++k) {
        for (int l = 0; l < kLanes; ++l) sums[k][l] += e[kLanes * k + l] * e[kLanes * k + l];
      }
    }
  }

  // As many points as come in whole runs; `c` points to the window's middle. Many sums at a time: the compiler keeps them in registers.
  template <bool kOdd>
  static Index filter(const double* c, Index half, const double* in, Index count, double* out) {
    constexpr Index kAtOnce = 16;
    Index i = 0;
    for (; i + kAtOnce <= count; i += kAtOnce) {
      double sum[kAtOnce];
      for (Index l = 0; l < kAtOnce; ++l) sum[l] = kOdd ? 0 : c[0] * in[i + l];
      for (Index j = 1; j <= half; ++j) {
        for (Index l = 0; l < kAtOnce; ++l) sum[l] += c[j] * (kOdd ? in[i + l + j] - in[i + l - j] : in[i + l + j] + in[i + l - j]);
      }
      for (Index l = 0; l < kAtOnce; ++l) out[i + l] = sum[l];
    }
    return i;
  }
};

#if defined(__x86_64__)
struct Avx2 {
  [[gnu::target("avx2")]] static double sum(const double* x, Index n) {
    __m256d s0 = _mm256_setzero_pd(), s1 = s0, s2 = s0, s3 = s0;
    Index i = 0;
    for (; i + 16 <= n; i += 16) {
      s0 = _mm256_add_pd(s0, _mm256_loadu_pd(x + i));
      s1 = _mm256_add_pd(s1, _mm256_loadu_pd(x + i + 4));
      s2 = _mm256_add_pd(s2, _mm256_loadu_pd(x + i + 8));
      s3 = _mm256_add_pd(s3, _mm256_loadu_pd(x + i + 12));
    }
    double last = 0;
    for (; i < n; ++i) last += x[i];
    double whole[kLanes];
    _mm256_storeu_pd(whole, _mm256_add_pd(_mm256_add_pd(s0, s2), _mm256_add_pd(s1, s3)));
    return joined(whole) + last;
  }

  [[gnu::target("avx2")]] static double squares(const double* x, Index n, double mean) {
    const __m256d m = _mm256_set1_pd(mean);
    __m256d s0 = _mm256_setzero_pd(), s1 = s0, s2 = s0, s3 = s0;
    Index i = 0;
    for (; i + 16 <= n; i += 16) {
      const __m256d a = _mm256_sub_pd(_mm256_loadu_pd(x + i), m), b = _mm256_sub_pd(_mm256_loadu_pd(x + i + 4), m);
      const __m256d c = _mm256_sub_pd(_mm256_loadu_pd(x + i + 8), m), d = _mm256_sub_pd(_mm256_loadu_pd(x + i + 12), m);
      s0 = _mm256_add_pd(s0, _mm256_mul_pd(a, a));
      s1 = _mm256_add_pd(s1, _mm256_mul_pd(b, b));
      s2 = _mm256_add_pd(s2, _mm256_mul_pd(c, c));
      s3 = _mm256_add_pd(s3, _mm256_mul_pd(d, d));
    }
    double last = 0;
    for (; i < n; ++i) last += (x[i] - mean) * (x[i] - mean);
    double whole[kLanes];
    _mm256_storeu_pd(whole, _mm256_add_pd(_mm256_add_pd(s0, s2), _mm256_add_pd(s1, s3)));
    return joined(whole) + last;
  }

  [[gnu::target("avx2")]] static void scale(double* x, Index n, double offset, double factor) {
    const __m256d o = _mm256_set1_pd(offset), f = _mm256_set1_pd(factor);
    Index i = 0;
    for (; i + kLanes <= n; i += kLanes) _mm256_storeu_pd(x + i, _mm256_mul_pd(_mm256_sub_pd(_mm256_loadu_pd(x + i), o), f));
    for (; i < n; ++i) x[i] = (x[i] - offset) * factor;
  }

  [[gnu::target("avx2"), gnu::always_inline]] static inline __m256d load(const double* p) { return _mm256_loadu_pd(p); }
  [[gnu::target("avx2"), gnu::always_inline]] static inline __m256d load(const float* p) { return _mm256_cvtps_pd(_mm_loadu_ps(p)); }

  template <int kColumns, class T>
  [[gnu::target("avx2")]] static const T* products(const double* x, const double* mean, Index points, const T* packed,
                                                   double (&sums)[kMostAtOnce][kLanes]) {
    __m256d s[kColumns];
    for (int c = 0; c < kColumns; ++c) s[c] = _mm256_loadu_pd(sums[c]);
    for (Index i = 0; i < points; i += kLanes) {
      const __m256d off = _mm256_sub_pd(_mm256_loadu_pd(x + i), _mm256_loadu_pd(mean + i));
#pragma GCC unroll 10
      for (int c = 0; c < kColumns; ++c) s[c] = _mm256_add_pd(s[c], _mm256_mul_pd(off, load(packed + kLanes * c)));
      packed += kLanes * kColumns;
    }
    for (int c = 0; c < kColumns; ++c) _mm256_storeu_pd(sums[c], s[c]);
    return packed;
  }

  template <class T>
  [[gnu::target("avx2")]] static void rest(const double* x, const double* mean, Index points, Index first_point, Index padded, const T* packed,
                                           Index columns, const double* amounts, double (&sums)[4][kLanes]) {
    __m256d s0 = _mm256_loadu_pd(sums[0]), s1 = _mm256_loadu_pd(sums[1]), s2 = _mm256_loadu_pd(sums[2]), s3 = _mm256_loadu_pd(sums[3]);
    for (Index i = 0; i < points; i += kPadding) {
      __m256d e0 = _mm256_sub_pd(_mm256_loadu_pd(x + i), _mm256_loadu_pd(mean + i));
      __m256d e1 = _mm256_sub_pd(_mm256_loadu_pd(x + i + 4), _mm256_loadu_pd(mean + i + 4));
      __m256d e2 = _mm256_sub_pd(_mm256_loadu_pd(x + i + 8), _mm256_loadu_pd(mean + i + 8));
      __m256d e3 = _mm256_sub_pd(_mm256_loadu_pd(x + i + 12), _mm256_loadu_pd(mean + i + 12));
      for (Index first = 0; first < columns;) {
        const Index width = group_width(columns, first), step = kLanes * width;
        const T* block = packed + first * padded + (first_point + i) * width;
        for (Index c = 0; c < width; ++c, block += kLanes) {
          const __m256d amount = _mm256_set1_pd(amounts[first + c]);
          e0 = _mm256_sub_pd(e0, _mm256_mul_pd(amount, load(block)));
          e1 = _mm256_sub_pd(e1, _mm256_mul_pd(amount, load(block + step)));
          e2 = _mm256_sub_pd(e2, _mm256_mul_pd(amount, load(block + 2 * step)));
          e3 = _mm256_sub_pd(e3, _mm256_mul_pd(amount, load(block + 3 * step)));
        }
        first += width;
      }
      s0 = _mm256_add_pd(s0, _mm256_mul_pd(e0, e0));
      s1 = _mm256_add_pd(s1, _mm256_mul_pd(e1, e1));
      s2 = _mm256_add_pd(s2, _mm256_mul_pd(e2, e2));
      s3 = _mm256_add_pd(s3, _mm256_mul_pd(e3, e3));
    }
    _mm256_storeu_pd(sums[0], s0);
    _mm256_storeu_pd(sums[1], s1);
    _mm256_storeu_pd(sums[2], s2);
    _mm256_storeu_pd(sums[3], s3);
  }

  // As many points as come in whole registers; `c` points to the window's middle.
  template <bool kOdd>
  [[gnu::target("avx2")]] static Index filter(const double* c, Index half, const double* in, Index count, double* out) {
    Index i = 0;
    for (; i + 16 <= count; i += 16) {
      const __m256d middle = _mm256_set1_pd(c[0]);
      __m256d s[4];
#pragma GCC unroll 4
      for (int k = 0; k < 4; ++k) s[k] = kOdd ? _mm256_setzero_pd() : _mm256_mul_pd(middle, _mm256_loadu_pd(in + i + 4 * k));
      for (Index j = 1; j <= half; ++j) {
        const __m256d factor = _mm256_set1_pd(c[j]);
#pragma GCC unroll 4
        for (int k = 0; k < 4; ++k) {
          const __m256d left = _mm256_loadu_pd(in + i + 4 * k - j), right = _mm256_loadu_pd(in + i + 4 * k + j);
          s[k] = _mm256_add_pd(s[k], _mm256_mul_pd(factor, kOdd ? _mm256_sub_pd(right, left) : _mm256_add_pd(right, left)));
        }
      }
#pragma GCC unroll 4
      for (int k = 0; k < 4; ++k) _mm256_storeu_pd(out + i + 4 * k, s[k]);
    }
    return i;
  }
};
#else
using Avx2 = Baseline;
#endif

// The last points, padded with zeros on both sides.
struct Padded {
  double x[kPadding] = {}, mean[kPadding] = {};
  Padded(const double* from, const double* centre, Index points) {
    std::memcpy(x, from, static_cast<std::size_t>(points) * sizeof(double));
    std::memcpy(mean, centre, static_cast<std::size_t>(points) * sizeof(double));
  }
};

template <class Isa, int kColumns, class T>
void products_of(const double* x, const double* mean, Index points, const T* packed, double* out) {
  double sums[kMostAtOnce][kLanes] = {};
  const Index whole = points / kLanes * kLanes;
  packed = Isa::template products<kColumns>(x, mean, whole, packed, sums);
  if (whole < points) {
    const Padded last(x + whole, mean + whole, points - whole);
    Isa::template products<kColumns>(last.x, last.mean, kLanes, packed, sums);
  }
  for (int c = 0; c < kColumns; ++c) out[c] = joined(sums[c]);
}

template <class Isa, class T>
void products_of(Index columns, const double* x, const double* mean, Index points, const T* packed, double* out) {
  switch (columns) {
    case 1: return products_of<Isa, 1>(x, mean, points, packed, out);
    case 2: return products_of<Isa, 2>(x, mean, points, packed, out);
    case 3: return products_of<Isa, 3>(x, mean, points, packed, out);
    case 4: return products_of<Isa, 4>(x, mean, points, packed, out);
    case 5: return products_of<Isa, 5>(x, mean, points, packed, out);
    case 6: return products_of<Isa, 6>(x, mean, points, packed, out);
    case 7: return products_of<Isa, 7>(x, mean, points, packed, out);
    case 8: return products_of<Isa, 8>(x, mean, points, packed, out);
    case 9: return products_of<Isa, 9>(x, mean, points, packed, out);
    default: return products_of<Isa, 10>(x, mean, points, packed, out);
  }
}

template <class Isa, class T>
double rest_of(const double* x, const double* mean, Index points, const T* packed, Index columns, const double* amounts) {
  const Index padded = padded_points(points), whole = points / kPadding * kPadding;
  double sums[4][kLanes] = {};
  Isa::rest(x, mean, whole, 0, padded, packed, columns, amounts, sums);
  if (whole < points) {
    const Padded last(x + whole, mean + whole, points - whole);
    Isa::rest(last.x, last.mean, kPadding, whole, padded, packed, columns, amounts, sums);
  }
  return joined_blocks(sums);
}

// An odd window needs the differences of points left and right of its middle, an even one their sums: half the products.
template <class Isa, bool kOdd>
void filter_of(const double* c, Index half, const double* in, Index count, double* out) {
  c += half;
  for (Index i = Isa::template filter<kOdd>(c, half, in, count, out); i < count; ++i) {
    double sum = kOdd ? 0 : c[0] * in[i];
    for (Index j = 1; j <= half; ++j) sum += c[j] * (kOdd ? in[i + j] - in[i - j] : in[i + j] + in[i - j]);
    out[i] = sum;
  }
}

}  // namespace

Path best_path() {
#if defined(__x86_64__)
  static const bool has_avx2 = __builtin_cpu_supports("avx2");
  return has_avx2 ? Path::kAvx2 : Path::kBaseline;
#else
  return Path::kBaseline;
#endif
}

double sum(const double* x, Index n, Path path) { return path == Path::kAvx2 ? Avx2::sum(x, n) : Baseline::sum(x, n); }

double squares_about(const double* x, Index n, double mean, Path path) {
  return path == Path::kAvx2 ? Avx2::squares(x, n, mean) : Baseline::squares(x, n, mean);
}

void shift_and_scale(double* x, Index n, double offset, double factor, Path path) {
  path == Path::kAvx2 ? Avx2::scale(x, n, offset, factor) : Baseline::scale(x, n, offset, factor);
}

template <class T>
Packed<T>::Packed(const Eigen::MatrixXd& columns) : points_(columns.rows()), columns_(columns.cols()) {
  const Index padded = padded_points(points_);
  values_.setZero(padded * columns_);
  for (Index first = 0; first < columns_;) {
    const Index width = group_width(columns_, first);
    T* group = values_.data() + first * padded;
    for (Index i = 0; i < points_; ++i) {
      for (Index c = 0; c < width; ++c) group[(i / kLanes * width + c) * kLanes + i % kLanes] = static_cast<T>(columns(i, first + c));
    }
    first += width;
  }
}

template <class T>
void Packed<T>::products(const double* x, const double* mean, double* out, Path path) const {
  for (Index first = 0; first < columns_;) {
    const Index width = group_width(columns_, first);
    const T* group = values_.data() + first * padded_points(points_);
    if (path == Path::kAvx2) products_of<Avx2>(width, x, mean, points_, group, out + first);
    else products_of<Baseline>(width, x, mean, points_, group, out + first);
    first += width;
  }
}

template <class T>
double Packed<T>::rest(const double* x, const double* mean, const double* amounts, Path path) const {
  return path == Path::kAvx2 ? rest_of<Avx2>(x, mean, points_, values_.data(), columns_, amounts)
                             : rest_of<Baseline>(x, mean, points_, values_.data(), columns_, amounts);
}

template class Packed<double>;
template class Packed<float>;

void filter(const double* c, Index half, bool odd, const double* in, Index count, double* out, Path path) {
  if (path == Path::kAvx2) return odd ? filter_of<Avx2, true>(c, half, in, count, out) : filter_of<Avx2, false>(c, half, in, count, out);
  return odd ? filter_of<Baseline, true>(c, half, in, count, out) : filter_of<Baseline, false>(c, half, in, count, out);
}

}  // namespace beltwarden::spectra::lanes
