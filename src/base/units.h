// Physical quantities as types. A bare double that holds a quantity carries its unit in its name instead.
#pragma once

#include <compare>

namespace beltwarden {

/// A quantity of one unit (`Tag`): adds and compares with its own kind, scales with plain numbers.
template <class Tag>
struct Quantity {
  double value = 0;

  constexpr auto operator<=>(const Quantity&) const = default;
  constexpr Quantity operator+(Quantity o) const { return {value + o.value}; }
  constexpr Quantity operator-(Quantity o) const { return {value - o.value}; }
  constexpr Quantity operator-() const { return {-value}; }
  constexpr Quantity operator*(double k) const { return {value * k}; }
  constexpr Quantity operator/(double k) const { return {value / k}; }
  constexpr double operator/(Quantity o) const { return value / o.value; }
  constexpr Quantity& operator+=(Quantity o) { return value += o.value, *this; }
  constexpr Quantity& operator-=(Quantity o) { return value -= o.value, *this; }
};

using Tonnes = Quantity<struct TonnesTag>;  ///< metric tonnes, wet, as weighed
using Metres = Quantity<struct MetresTag>;  ///< along the belt

constexpr Tonnes operator""_t(long double v) { return {static_cast<double>(v)}; }
constexpr Tonnes operator""_t(unsigned long long v) { return {static_cast<double>(v)}; }
constexpr Metres operator""_m(long double v) { return {static_cast<double>(v)}; }
constexpr Metres operator""_m(unsigned long long v) { return {static_cast<double>(v)}; }

/// Half-open stretch [from, to) of a lot's tonne marks. Empty when `to <= from`.
struct TonneInterval {
  Tonnes from;
  Tonnes to;

  constexpr auto operator<=>(const TonneInterval&) const = default;
  constexpr Tonnes mass() const { return to - from; }
  constexpr bool empty() const { return to <= from; }
  constexpr bool overlaps(const TonneInterval& o) const { return from < o.to && o.from < to; }
  constexpr bool contains(Tonnes mark) const { return from <= mark && mark < to; }
};

}  // namespace beltwarden
