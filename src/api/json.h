// Control's and record's values as JSON, in the shapes of docs/api.md. For this module's sources only.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "api/http.h"
#include "base/result.h"
#include "control/declarations.h"
#include "control/views.h"
#include "record/rows.h"

namespace beltwarden::api {

boost::json::object to_json(const wire::Measured& measured);
boost::json::object to_json(const record::StoredFinding& finding);
boost::json::object to_json(const control::AlarmView& alarm);
boost::json::object to_json(const control::DispositionView& disposition);
boost::json::object to_json(const control::Blocker& blocker);
/// `lists`: with alarms and dispositions, or the head alone.
boost::json::object to_json(const control::CaseView& view, bool lists);
/// `inspection`: with what only those see who see the inspection; `lists`: with the long parts.
boost::json::object to_json(const control::LotView& lot, bool inspection, bool lists);
boost::json::object to_json(const control::LineView& line);
boost::json::object to_json(const control::InstrumentView& instrument);
boost::json::object to_json(const control::AuditEntry& entry);
boost::json::object to_json(const control::OutOfServiceView& source);
boost::json::object to_json(const control::UserView& user);
boost::json::object to_json(const control::DeclarationView& declaration);
boost::json::object to_json(const record::EvidenceRow& frame);
boost::json::array to_json(const record::Point& point);
boost::json::object head_of(const record::Series& series);

/// Times as the API writes them; null for "never".
boost::json::value to_json(Time time);
boost::json::value to_json(const std::optional<Time>& time);

/// Finite numbers as they are; what is none becomes null: JSON has no NaN.
boost::json::value number(double value);

Response json_response(const boost::json::value& value, unsigned status = 200);

/// A Content-Type header names this media type, whatever its parameters. `type` in lower case.
bool is_media_type(std::string_view header, std::string_view type);

/// The body as an object, read with bounded depth. The error says what was expected; kUnsupported when it is no JSON at all.
Result<boost::json::object> body_object(const Request& request);
/// For what needs no body: one that is there must be an object all the same.
Result<void> no_body_or_object(const Request& request);
/// A text field; `fallback` when absent. Error with the field's name when it is something else or longer than `most`.
Result<std::string> text_field(const boost::json::object& body, std::string_view name, std::size_t most = 2000);
/// A number field, nothing when absent.
Result<std::optional<double>> number_field(const boost::json::object& body, std::string_view name);

/// A number of the query within bounds, nothing when absent.
Result<std::optional<double>> query_number(const Request& request, const std::string& name, double low, double high);
/// One of some words; the first when absent.
Result<std::string> query_word(const Request& request, const std::string& name, std::initializer_list<const char*> words);

}  // namespace beltwarden::api
