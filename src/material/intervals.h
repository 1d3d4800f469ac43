// Sets of tonne intervals: coverage arithmetic.
#pragma once

#include <vector>

#include "base/units.h"

namespace beltwarden::material {

/// Sorted and merged: overlapping or touching (within `slack`) intervals become one, empty ones vanish.
std::vector<TonneInterval> merged(std::vector<TonneInterval> intervals, Tonnes slack = Tonnes{0});

/// The parts of `set` (sorted, disjoint) that lie within `window`.
std::vector<TonneInterval> clipped(const std::vector<TonneInterval>& set, TonneInterval window);

/// What lies in both (each sorted, disjoint).
std::vector<TonneInterval> intersection(const std::vector<TonneInterval>& a, const std::vector<TonneInterval>& b);

/// The parts of `window` that no interval of `set` (sorted, disjoint) reaches: the holes.
std::vector<TonneInterval> holes(const std::vector<TonneInterval>& set, TonneInterval window);

/// Total mass of a disjoint set.
Tonnes total(const std::vector<TonneInterval>& set);

}  // namespace beltwarden::material
