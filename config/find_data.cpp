// SPDX-License-Identifier: Apache-2.0
#include "config/load_parts.hpp"
#include "config/loader.hpp"

namespace sallyport::config {

Result<std::filesystem::path> find_data_folder(const std::filesystem::path& file) {
    const auto path = std::filesystem::absolute(file).lexically_normal();
    const auto text = read_file(path);
    if (!text) return text.error();
    Problems problems;
    const auto root = yaml::parse(*text, path.string(), problems);
    if (!root) return Error(problems.mistakes().front().to_string());
    Scope scope{problems, path.parent_path(), true};
    Section top(*root, "", scope);
    return top.path("data").value_or("/var/lib/sallyport");
}

}  // namespace sallyport::config
