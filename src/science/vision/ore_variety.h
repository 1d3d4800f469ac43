// Ore as other belts show it: few clean frames, seen in so many ways that none is learnt by heart.
#pragma once

#include "base/rng.h"
#include "science/vision/picture.h"

namespace beltwarden::vision {

/// A square window of `side_px` into a clean frame: scaled, turned and mirrored; beyond the frame its mirror image.
Canvas ore_window(const Picture& from, int side_px, Rng& rng);

/// Moves the colours of the whole scene about their mean by a random linear map near one.
void vary_colours(Canvas& scene, Rng& rng);

/// Gives one rock, as far as its lightness goes on evenly, another colour: ore that the clean frames show rarely (green,
/// white, rusty) is ore all the same.
void tint_rock(Canvas& scene, Rng& rng);

}  // namespace beltwarden::vision
