#include "instruments/plc/register_map.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdio>

namespace beltwarden::instruments::plc {
namespace {

constexpr std::uint16_t kMostRegisters = 125;    // Modbus Application Protocol 1.1b3, 6.3 and 6.4
constexpr double kU16 = 65535, kU32 = 4294967295.0;

constexpr const char* kNames[kFields] = {
    "running", "empty_belt", "scale_fault", "sampler_fault", "feed_lot", "speed", "encoder", "rate", "totaliser",
    "heartbeat", "cut_answer", "cut_result", "cut_increment", "cut_mass", "stop_answer", "stop_result"};

constexpr Field kNeeded[] = {Field::kSpeed, Field::kRate, Field::kTotaliser, Field::kFeedLot};

}  // namespace

const char* name_of(Field field) { return kNames[static_cast<std::size_t>(field)]; }

RegisterMap::RegisterMap() {
  at(Field::kRunning) = {true, 0, Type::kBit, 0, 1, 0, 1};
  at(Field::kEmptyBelt) = {true, 0, Type::kBit, 1, 1, 0, 1};
  at(Field::kScaleFault) = {true, 0, Type::kBit, 2, 1, 0, 1};
  at(Field::kSamplerFault) = {true, 0, Type::kBit, 3, 1, 0, 1};
  at(Field::kFeedLot) = {true, 1, Type::kU16, 0, 1, 0, kU16};
  at(Field::kSpeed) = {true, 2, Type::kI32, 0, 0.001, -12, 12};
  at(Field::kEncoder) = {true, 4, Type::kU32, 0, 1, 0, kU32};
  at(Field::kRate) = {true, 6, Type::kU32, 0, 0.1, 0, 50'000};
  at(Field::kTotaliser) = {true, 8, Type::kU32, 0, 1, 0, kU32};
  at(Field::kHeartbeat) = {true, 10, Type::kU16, 0, 1, 0, kU16};
  at(Field::kCutAnswer) = {true, 20, Type::kU16, 0, 1, 0, kU16};
  at(Field::kCutResult) = {true, 21, Type::kU16, 0, 1, 0, 2};
  at(Field::kCutIncrement) = {true, 22, Type::kU16, 0, 1, 0, kU16};
  at(Field::kCutMass) = {true, 23, Type::kU16, 0, 0.1, 0, 10'000};
  at(Field::kStopAnswer) = {true, 30, Type::kU16, 0, 1, 0, kU16};
  at(Field::kStopResult) = {true, 31, Type::kU16, 0, 1, 0, 2};
  lay_blocks();
}

Result<RegisterMap> RegisterMap::read(const Config& instrument) {
  RegisterMap map;
  if (!instrument.has("registers")) return map;
  auto table = instrument.table("registers");
  if (!table) return table.error();

  std::vector<std::string_view> known(std::begin(kNames), std::end(kNames));
  known.insert(known.end(), {"function", "word_order", "missing", "cut_command", "cut_command_increment", "stop_command"});
  if (auto ok = table->only(known); !ok) return ok.error();

  auto function = table->integer("function", 3, 4, 4);
  if (!function) return function.error();
  map.read_holding_ = *function == 3;
  auto order = table->text("word_order", "high_first");
  if (!order) return order.error();
  if (*order != "high_first" && *order != "low_first") {
    return invalid_input(table->where() + ": 'word_order' is '" + *order + "', expected high_first or low_first");
  }
  map.low_word_first_ = *order == "low_first";

  for (std::size_t f = 0; f < kFields; ++f) {
    if (auto ok = map.read_register(*table, static_cast<Field>(f)); !ok) return ok.error();
  }
  auto missing = table->texts("missing");
  if (!missing) return missing.error();
  for (const std::string& name : *missing) {
    const auto found = std::find(std::begin(kNames), std::end(kNames), name);
    if (found == std::end(kNames)) return invalid_input(table->where() + ": 'missing' names '" + name + "', which is no register");
    const auto field = static_cast<Field>(found - std::begin(kNames));
    if (std::find(std::begin(kNeeded), std::end(kNeeded), field) != std::end(kNeeded)) {
      return invalid_input(table->where() + ": '" + name + "' cannot be missing: " +
                           (field == Field::kRate ? "the load of the belt, which models judge by, comes from it"
                                                  : "without it there are no tonne marks"));
    }
    map.at(field).present = false;
  }
  for (auto [name, address] : {std::pair{"cut_command", &map.cut_command_}, {"cut_command_increment", &map.cut_command_increment_},
                               {"stop_command", &map.stop_command_}}) {
    auto value = table->integer(name, 0, 65535, *address);
    if (!value) return value.error();
    *address = static_cast<std::uint16_t>(*value);
  }
  map.lay_blocks();
  return map;
}

Result<void> RegisterMap::read_register(const Config& table, Field field) {
  const char* name = name_of(field);
  if (!table.has(name)) return {};
  auto entry = table.table(name);
  if (!entry) return entry.error();
  Register& reg = at(field);
  const bool is_bit = reg.type == Type::kBit;
  const auto only = is_bit ? entry->only({"address", "bit"}) : entry->only({"address", "type", "scale"});
  if (!only) return only.error();
  auto address = entry->integer("address", 0, 65535, reg.address);
  if (!address) return address.error();
  reg.address = static_cast<std::uint16_t>(*address);
  if (is_bit) {
    auto bit = entry->integer("bit", 0, 15, reg.bit);
    if (!bit) return bit.error();
    reg.bit = static_cast<int>(*bit);
    return {};
  }
  auto scale = entry->number("scale", 1e-9, 1e9, reg.scale);
  if (!scale) return scale.error();
  reg.scale = *scale;
  if (!entry->has("type")) return {};
  auto type = entry->text("type");
  if (!type) return type.error();
  constexpr std::pair<const char*, Type> kTypes[] = {
      {"u16", Type::kU16}, {"i16", Type::kI16}, {"u32", Type::kU32}, {"i32", Type::kI32}, {"f32", Type::kF32}};
  for (const auto& [text, value] : kTypes) {
    if (*type == text) {
      reg.type = value;
      return {};
    }
  }
  return invalid_input(entry->where() + ": 'type' is '" + *type + "', expected u16, i16, u32, i32 or f32");
}

void RegisterMap::lay_blocks() {
  std::vector<std::pair<std::uint32_t, std::uint32_t>> stretches;    // [first, beyond last)
  for (const Register& reg : registers_) {
    if (reg.present) stretches.emplace_back(reg.address, reg.address + (reg.type >= Type::kU32 ? 2u : 1u));
  }
  std::sort(stretches.begin(), stretches.end());
  blocks_.clear();
  for (const auto& [first, beyond] : stretches) {
    if (blocks_.empty() || beyond - blocks_.back().start > kMostRegisters) blocks_.push_back({static_cast<std::uint16_t>(first), 0});
    Block& block = blocks_.back();
    block.count = static_cast<std::uint16_t>(std::max<std::uint32_t>(block.count, beyond - block.start));
  }
}

double RegisterMap::raw(const Register& reg, std::span<const std::uint16_t> registers) const {
  std::size_t offset = 0;
  for (const Block& block : blocks_) {
    if (reg.address >= block.start && reg.address - block.start < block.count) {
      offset += static_cast<std::size_t>(reg.address - block.start);
      break;
    }
    offset += block.count;
  }
  const std::uint16_t first = registers[offset];
  switch (reg.type) {
    case Type::kBit: return first >> reg.bit & 1;
    case Type::kU16: return first;
    case Type::kI16: return static_cast<std::int16_t>(first);
    default: break;
  }
  const std::uint16_t second = registers[offset + 1];
  const std::uint32_t word = low_word_first_ ? std::uint32_t{second} << 16 | first : std::uint32_t{first} << 16 | second;
  if (reg.type == Type::kU32) return word;
  if (reg.type == Type::kI32) return static_cast<std::int32_t>(word);
  return std::bit_cast<float>(word);
}

Result<Image> RegisterMap::decode(std::span<const std::uint16_t> registers) const {
  std::size_t expected = 0;
  for (const Block& block : blocks_) expected += block.count;
  if (registers.size() != expected) {
    return invalid_input("expected " + std::to_string(expected) + " registers, got " + std::to_string(registers.size()));
  }
  Image image;
  for (std::size_t f = 0; f < kFields; ++f) {
    const Register& reg = registers_[f];
    if (!reg.present) continue;
    const double value = raw(reg, registers) * reg.scale;
    if (!(value >= reg.low && value <= reg.high)) {            // NaN too
      char text[160];
      std::snprintf(text, sizeof text, "register %u (%s) says %g, expected %g to %g", reg.address, kNames[f], value, reg.low, reg.high);
      return invalid_input(text);
    }
    image.values[f] = value;
  }
  return image;
}

}  // namespace beltwarden::instruments::plc
