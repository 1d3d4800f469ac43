// What a model sees, drawn over the picture.
#pragma once

#include <string>

#include "science/vision/brand_eye.h"
#include "science/vision/picture.h"

namespace beltwarden::lab {

/// Evidence as red over the frame; what lies above the model's threshold in white boxes, each with "1:N": one in N clean frames
/// shows a thing as odd.
void draw_evidence(vision::Picture& frame, const vision::BrandEye::Seen& seen, const vision::DetectorModel& model);

/// Digits, ':' and '+' in white on black, 4 x 6 pixels each times `scale`; what reaches beyond the picture is cut off.
void write_digits(vision::Picture& picture, int x, int y, const std::string& text, int scale);

}  // namespace beltwarden::lab
