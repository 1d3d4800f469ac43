// The one binary. Each command is a file of its own and one line below.
#include <cstdio>

int main() {
  std::fputs("beltwarden 0.1.0\n", stdout);
  return 0;
}
