// Instruments' readings as protobuf parts of an observation. For the codec alone.
#pragma once

#include "material/reading.h"
#include "wire/convert.h"

namespace beltwarden::wire {

/// Sets the payload of `out`; what does not fit is cut to its limit.
void write(const material::BeltReading& reading, pb::Observation& out);
void write(const material::SpectrumReading& reading, pb::Observation& out);
void write(const material::FrameReading& reading, pb::Observation& out);
void write(const material::GammaReading& reading, pb::Observation& out);
void write(const material::CutterReading& reading, pb::Observation& out);
void write(const material::StopAnswerReading& reading, pb::Observation& out);
void write(const material::HealthReading& reading, pb::Observation& out);

/// `check` keeps what does not fit; the value is then not to be used.
material::BeltReading read(const pb::BeltReading& m, Check& check);
material::SpectrumReading read(const pb::SpectrumReading& m, Check& check);
material::FrameReading read(const pb::FrameReading& m, Check& check);
material::GammaReading read(const pb::GammaReading& m, Check& check);
material::CutterReading read(const pb::CutterReading& m, Check& check);
material::StopAnswerReading read(const pb::StopAnswerReading& m, Check& check);
material::HealthReading read(const pb::HealthReading& m, Check& check);

}  // namespace beltwarden::wire
