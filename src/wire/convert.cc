#include "wire/convert.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <google/protobuf/stubs/logging.h>

#include <cmath>
#include <cstring>

#include "base/text.h"

namespace beltwarden::wire {

std::string fit_text(const std::string& value, std::size_t most) { return clipped_utf8(value, most); }

double fit_number(double value) { return std::isfinite(value) ? value : 0; }

double Check::finite(double value, const char* field) {
  that(std::isfinite(value), field, "a finite number");
  return value;
}

std::string Check::text(const std::string& value, const char* field, std::size_t most) {
  that(value.size() <= most, field, "a shorter text");
  return value;
}

Sha256 Check::digest(const std::string& bytes, const char* field) {
  Sha256 digest{};
  that(bytes.empty() || bytes.size() == digest.size(), field, "a digest of 32 bytes");
  if (bytes.size() == digest.size()) std::memcpy(digest.data(), bytes.data(), digest.size());
  return digest;
}

pb::LotInterval to_pb(const material::LotInterval& interval) {
  pb::LotInterval message;
  message.set_lot(fit_text(interval.lot.str(), kNameBytes));
  const double from_t = fit_number(interval.tonnes.from.value);
  message.set_from_t(from_t);
  message.set_to_t(std::max(from_t, fit_number(interval.tonnes.to.value)));
  return message;
}

material::LotInterval from_pb(const pb::LotInterval& message, Check& check) {
  check.that(message.from_t() <= message.to_t(), "tonnes", "from <= to");
  return {LotId(check.text(message.lot(), "lot", kNameBytes)),
          {{check.finite(message.from_t(), "from_t")}, {check.finite(message.to_t(), "to_t")}}};
}

void to_pb(const material::LotPlan& plan, pb::LotPlan& message) {
  message.set_lot(fit_text(plan.lot.str(), kNameBytes));
  message.set_feed_number(plan.feed_number);
  message.set_call(fit_text(plan.call.str(), kNameBytes));
  message.set_consignment(fit_text(plan.consignment.str(), kNameBytes));
  message.set_commodity(fit_text(plan.commodity, kNameBytes));
  message.set_hs_code(fit_text(plan.hs_code, kUnitBytes));
  message.set_brand(fit_text(plan.brand, kNameBytes));
  message.set_origin(fit_text(plan.origin, kNameBytes));
  message.set_consignee(fit_text(plan.consignee, kLongNameBytes));
  message.set_declared_mass_t(fit_number(plan.declared_mass_t));
  for (const auto& [name, value] : plan.declared_composition) {
    if (message.declared_composition_size() >= kMaxComposition) break;
    auto* entry = message.add_declared_composition();
    entry->set_name(fit_text(name, kCodeBytes));
    entry->set_value(fit_number(value));
  }
}

material::LotPlan from_pb(const pb::LotPlan& message, Check& check) {
  material::LotPlan plan;
  plan.lot = LotId(check.text(message.lot(), "lot", kNameBytes));
  check.that(!plan.lot.empty(), "lot", "a name");
  plan.feed_number = message.feed_number();
  plan.call = CallId(check.text(message.call(), "call", kNameBytes));
  plan.consignment = ConsignmentId(check.text(message.consignment(), "consignment", kNameBytes));
  plan.commodity = check.text(message.commodity(), "commodity", kNameBytes);
  plan.hs_code = check.text(message.hs_code(), "hs_code", kUnitBytes);
  plan.brand = check.text(message.brand(), "brand", kNameBytes);
  plan.origin = check.text(message.origin(), "origin", kNameBytes);
  plan.consignee = check.text(message.consignee(), "consignee", kLongNameBytes);
  plan.declared_mass_t = check.finite(message.declared_mass_t(), "declared_mass_t");
  check.that(message.declared_composition_size() <= kMaxComposition, "declared_composition", "at most 64 entries");
  for (const auto& entry : message.declared_composition()) {
    plan.declared_composition[check.text(entry.name(), "declared_composition", kCodeBytes)] =
        check.finite(entry.value(), "declared_composition");
  }
  return plan;
}

void to_pb(const std::vector<TonneInterval>& intervals, pb::Coverage& message) {
  for (const auto& interval : intervals) {
    if (message.covered_size() >= kMaxStretches) break;   // less coverage than there is, never more
    const double from_t = fit_number(interval.from.value);
    auto* covered = message.add_covered();
    covered->set_from_t(from_t);
    covered->set_to_t(std::max(from_t, fit_number(interval.to.value)));
  }
}

std::vector<TonneInterval> from_pb(const pb::Coverage& message, Check& check) {
  std::vector<TonneInterval> intervals;
  check.that(message.covered_size() <= kMaxStretches, "covered", "at most 65536 intervals");
  for (const auto& covered : message.covered()) {
    check.that(covered.from_t() <= covered.to_t(), "covered", "from <= to");
    intervals.push_back({{check.finite(covered.from_t(), "covered")}, {check.finite(covered.to_t(), "covered")}});
  }
  return intervals;
}

pb::Box to_pb(const material::Box& box) {
  pb::Box message;
  message.set_x(box.x);
  message.set_y(box.y);
  message.set_w(box.w);
  message.set_h(box.h);
  return message;
}

material::Box from_pb(const pb::Box& message) { return {message.x(), message.y(), message.w(), message.h()}; }

bool from_bytes(std::string_view bytes, std::size_t most, google::protobuf::MessageLite& message) {
  const google::protobuf::LogSilencer quiet;
  return bytes.size() <= most && message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
}

std::string to_bytes(const google::protobuf::MessageLite& message) {
  std::string bytes;
  google::protobuf::io::StringOutputStream stream(&bytes);
  google::protobuf::io::CodedOutputStream coded(&stream);
  coded.SetSerializationDeterministic(true);
  message.SerializeToCodedStream(&coded);
  coded.Trim();
  return bytes;
}

}  // namespace beltwarden::wire
