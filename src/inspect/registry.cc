#include "inspect/registry.h"

#include "inspect/brand_regression.h"
#include "inspect/camera_watch.h"
#include "inspect/declaration_watch.h"
#include "inspect/element_threshold.h"
#include "inspect/impurity_classification.h"
#include "inspect/inclusion_recognition.h"
#include "inspect/logistics_watch.h"
#include "inspect/radioactivity.h"
#include "inspect/sampling_watch.h"
#include "inspect/slag_comparison.h"
#include "inspect/spectrometer_watch.h"
#include "inspect/visual_anomaly.h"

namespace beltwarden::inspect {

const std::vector<std::pair<std::string, InspectorFactory>>& inspector_registry() {
  static const std::vector<std::pair<std::string, InspectorFactory>> registry{
      // One line an inspector, in the order of docs/design.md section 5.
      {"brand_regression", &make_brand_regression},
      {"element_threshold", &make_element_threshold},
      {"slag_comparison", &make_slag_comparison},
      {"visual_anomaly", &make_visual_anomaly},
      {"inclusion_recognition", &make_inclusion_recognition},
      {"impurity_classification", &make_impurity_classification},
      {"radioactivity", &make_radioactivity},
      {"sampling", &make_sampling_watch},
      {"logistics", &make_logistics_watch},
      {"declaration", &make_declaration_watch},
      {"spectrometer_health", &make_spectrometer_watch},
      {"camera_health", &make_camera_watch},
  };
  return registry;
}

}  // namespace beltwarden::inspect
