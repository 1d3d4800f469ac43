// Characteristic limits of an activity (ISO 11929-1:2019).
#pragma once

#include "science/gamma/kut.h"

namespace beltwarden::gamma {

constexpr double kOneSided95 = 1.645;   // quantile of the normal distribution, 5 % of errors on either side

/// Decision threshold (6.3: from the uncertainty if there were nothing of it), detection limit (6.4: its implicit equation,
/// solved by `steps` repetitions) and whether `activity.bq_per_kg` is detected.
/// `sd_at(amount)` is the standard uncertainty, in Bq/kg, that a true amount of `amount` Bq/kg would be measured with.
template <typename SdAt>
void set_characteristic_limits(Activity& activity, int steps, const SdAt& sd_at) {
  activity.decision_threshold = kOneSided95 * sd_at(0.0);
  activity.detection_limit = 2 * activity.decision_threshold;
  for (int i = 0; i < steps; ++i)
    activity.detection_limit = activity.decision_threshold + kOneSided95 * sd_at(activity.detection_limit);
  activity.detected = activity.bq_per_kg > activity.decision_threshold;
}

}  // namespace beltwarden::gamma
