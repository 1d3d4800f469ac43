#include "apps/site/frame_evidence.h"

#include <string>
#include <utility>

#include "formats/picture.h"

namespace beltwarden::site {
namespace {

constexpr int kJpegQualities[] = {85, 60, 30};   // the first that is small enough

}  // namespace

Result<wire::EvidenceBlob> frame_evidence(const KeptFrame& kept, const material::LotInterval& where, std::size_t max_bytes) {
  const auto& frame = kept.frame;
  const formats::PictureView picture{frame.bgr.data(), frame.width_px, frame.height_px, 3, std::size_t{3} * frame.width_px};
  for (const int quality : kJpegQualities) {
    auto jpeg = formats::encode_jpeg(picture, quality);
    if (!jpeg) return jpeg.error().within("a picture could not be encoded");
    if (jpeg->size() > max_bytes) continue;
    wire::EvidenceBlob blob;
    blob.digest = sha256(*jpeg);
    blob.media_type = "image/jpeg";
    blob.bytes = std::move(*jpeg);
    blob.frame_digest = kept.digest;
    blob.instrument = frame.instrument;
    blob.frame_number = frame.frame_number;
    blob.where = where;
    return blob;
  }
  return invalid_input("a picture of " + frame.instrument.str() + " takes more than " + std::to_string(max_bytes) +
                       " bytes as JPEG: it is not kept");
}

}  // namespace beltwarden::site
