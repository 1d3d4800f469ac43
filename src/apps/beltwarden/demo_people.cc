#include "apps/beltwarden/demo_people.h"

#include <set>

namespace beltwarden::app {

std::vector<DemoUser> demo_people(const std::vector<material::LotPlan>& plans) {
  // Long enough for the rules that hold everywhere; known to all, so the demo listens on loopback only.
  const std::string password = "belt-demo-2026";
  std::vector<DemoUser> people{
      {"officer", "Officer Li", "officer", "", password},
      {"supervisor", "Supervisor Wang", "supervisor", "", password},
      {"terminal", "Terminal control room", "terminal", "", password},
      {"admin", "Administrator", "admin", "", password},
  };
  std::set<std::string> consignees;
  for (const auto& plan : plans) consignees.insert(plan.consignee);
  int number = 0;
  for (const auto& consignee : consignees) {
    const std::string user = "importer" + (number == 0 ? std::string() : std::to_string(number + 1));
    ++number;
    people.push_back({user, consignee, "consignee", consignee, password});
  }
  return people;
}

Result<void> add_people(control::Control& control, const std::vector<DemoUser>& people) {
  const control::Actor demo{UserId("system"), "Demo", control::Role::kAdmin, ""};
  auto known = control.users(demo);
  if (!known) return known.error();
  std::set<std::string> names;
  for (const auto& user : *known) names.insert(user.user.str());
  for (const auto& person : people) {
    if (names.contains(person.user)) continue;
    control::Control::UserChange change;
    change.user = person.user;
    change.name = person.name;
    change.role = person.role;
    if (!person.consignee.empty()) change.consignee = person.consignee;
    change.password = person.password;
    if (auto added = control.add_user(demo, change); !added) return added.error();
  }
  return {};
}

}  // namespace beltwarden::app
