// Passwords from stdin. Never from the command line, where others can read them.
#pragma once

#include <string>

namespace beltwarden::app {

/// One line from stdin, unseen on a terminal.
std::string read_password();

}  // namespace beltwarden::app
