// SIGINT and SIGTERM as a question that can be asked.
#pragma once

namespace beltwarden::app {

/// While one exists, SIGINT and SIGTERM set a flag instead of ending the process; a second one ends it.
class StopSignal {
 public:
  StopSignal();
  ~StopSignal();
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  bool requested() const;
};

}  // namespace beltwarden::app
