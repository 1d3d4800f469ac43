#include "beltwarden.pb.h"
