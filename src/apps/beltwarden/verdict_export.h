// What officers decided of objects in pictures, as a table that `vision fit --resume` learns from.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "control/control.h"
#include "record/record.h"

namespace beltwarden::app {

struct VerdictExport {
  std::string csv;                          ///< picture,x,y,w,h,verdict,brand,officer,role,time,disposition,case,lot,from_t,called,reason
  std::map<std::string, std::string> pictures;   ///< bytes by file name
  std::size_t undecided = 0;                ///< objects that officers removed without saying what they were: rows without a verdict
};

/// What a decision on a case says of its object: "ore", a class, or nothing. An officer says it in the reason: "It is ore", "It is
/// wood", or 是… with the class in brackets, as the page's common reasons have it; a removed object without such words is what the
/// models called it, where they knew.
std::string verdict_of(const control::DispositionView& disposition, const std::string& called);

/// Every object that was seen in a picture and decided on, the newest decision of its case that says what it was. `brand`: of these
/// lots alone; empty: all.
Result<VerdictExport> export_verdicts(const control::Control& control, const record::Record& record, const std::string& brand);

}  // namespace beltwarden::app
