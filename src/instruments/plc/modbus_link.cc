#include "instruments/plc/modbus_link.h"

#include <modbus/modbus.h>

#include <cerrno>

namespace beltwarden::instruments::plc {

struct ModbusLink::Context {
  explicit Context(modbus_t* c) : context(c) {}
  ~Context() {
    if (context) modbus_free(context);
  }
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  modbus_t* context;
};

ModbusLink::ModbusLink(std::string host, std::uint16_t port, int unit, Duration timeout)
    : host_(std::move(host)), port_(port), unit_(unit), timeout_(timeout) {}

ModbusLink::~ModbusLink() { close(); }

void ModbusLink::close() {
  if (context_ && connected_) modbus_close(context_->context);
  connected_ = false;
  context_.reset();
}

std::unique_ptr<LinkError> ModbusLink::failed(const std::string& what) {
  const int error = errno;
  const std::string where = host_ + ":" + std::to_string(port_);
  LinkError reason;
  reason.message = what + " of " + where + ": " + modbus_strerror(error);
  if (error > MODBUS_ENOBASE && error <= EMBXGTAR) {
    reason.cause = std::string("exception: ") + modbus_strerror(error);
    reason.connection_usable = true;
  } else if (error >= EMBBADCRC) {
    reason.cause = "answer malformed";
  } else if (error == ETIMEDOUT) {
    reason.cause = "no answer in time";
  } else {
    reason.cause = connected_ ? "connection lost" : "not connected";
  }
  // After a late or broken answer the next bytes may belong to the request before: begin afresh.
  if (!reason.connection_usable) close();
  return std::make_unique<LinkError>(std::move(reason));
}

std::unique_ptr<LinkError> ModbusLink::connect() {
  close();
  const std::string service = std::to_string(port_);
  context_ = std::make_unique<Context>(modbus_new_tcp_pi(host_.c_str(), service.c_str()));
  if (!context_->context) return failed("connection");
  const auto sec = static_cast<std::uint32_t>(timeout_.ns / 1'000'000'000);
  const auto usec = static_cast<std::uint32_t>(timeout_.ns % 1'000'000'000 / 1000);
  modbus_set_response_timeout(context_->context, sec, usec);
  modbus_set_byte_timeout(context_->context, 0, 0);   // the whole answer must come in time, not each of its bytes
  modbus_set_slave(context_->context, unit_);
  if (modbus_connect(context_->context) != 0) return failed("connection");
  connected_ = true;
  return nullptr;
}

std::unique_ptr<LinkError> ModbusLink::read(bool holding, std::uint16_t start, std::uint16_t count, std::vector<std::uint16_t>& out) {
  const std::size_t before = out.size();
  out.resize(before + count);
  const int got = holding ? modbus_read_registers(context_->context, start, count, out.data() + before)
                          : modbus_read_input_registers(context_->context, start, count, out.data() + before);
  if (got == count) return nullptr;
  out.resize(before);
  return failed("reading registers " + std::to_string(start) + " to " + std::to_string(start + count - 1));
}

std::unique_ptr<LinkError> ModbusLink::write(std::uint16_t start, const std::vector<std::uint16_t>& values) {
  const int count = static_cast<int>(values.size());
  if (modbus_write_registers(context_->context, start, count, values.data()) == count) return nullptr;
  return failed("writing register " + std::to_string(start));
}

}  // namespace beltwarden::instruments::plc
