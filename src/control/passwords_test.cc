#include "control/passwords.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <future>
#include <iterator>
#include <sstream>
#include <string>

namespace beltwarden::control {
namespace {

// The niceness of each thread of this process (proc(5): the 19th field, the 17th after the name).
bool any_thread_has_niceness(int wanted) {
  for (const auto& task : std::filesystem::directory_iterator("/proc/self/task")) {
    std::ifstream file(task.path() / "stat");
    std::string stat((std::istreambuf_iterator<char>(file)), {});
    std::istringstream fields(stat.substr(std::min(stat.size(), stat.rfind(')') + 1)));
    std::string field;
    for (int i = 0; i < 17; ++i) fields >> field;
    if (field == std::to_string(wanted)) return true;
  }
  return false;
}

TEST(Passwords, AreCheckedWithLessPriority) {
  PasswordRules slow;
  slow.operations = 8;
  const auto hash = hash_password("correct horse", slow);
  ASSERT_TRUE(hash);
  const int nicer = std::min(19, getpriority(PRIO_PROCESS, 0) + 10);
  ASSERT_FALSE(any_thread_has_niceness(nicer));
  auto fits = std::async(std::launch::async, [&] { return password_fits("correct horse", *hash); });
  bool nice = false;
  while (!nice && fits.wait_for(std::chrono::milliseconds(1)) != std::future_status::ready) nice = any_thread_has_niceness(nicer);
  EXPECT_TRUE(nice);
  EXPECT_TRUE(fits.get());
  EXPECT_FALSE(password_fits("correct horses", *hash));
}

}  // namespace
}  // namespace beltwarden::control
