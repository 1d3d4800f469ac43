// Pictures of a folder or a list, in name order.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "science/vision/picture.h"

namespace beltwarden::lab {

/// Paths of the .jpg, .jpeg and .png files of a folder, or the lines of a text file (relative to it), in name order for
/// a folder and in the order given for a list. At most 1,000,000; none is an error.
Result<std::vector<std::string>> list_pictures(const std::string& folder_or_list);

/// The last part of a path.
std::string file_name(const std::string& path);

Result<vision::Picture> read_picture(const std::string& path);

/// JPEG or PNG by the ending of `path`.
Result<void> write_picture(const std::string& path, const vision::Picture& picture);

}  // namespace beltwarden::lab
