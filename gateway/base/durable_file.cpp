// SPDX-License-Identifier: Apache-2.0
#include "gateway/base/durable_file.hpp"

#include <cerrno>
#include <string>

#include <fcntl.h>
#include <unistd.h>

namespace sallyport {
namespace {

namespace fs = std::filesystem;

Error last_error(const char* what, const fs::path& path) {
    const boost::system::error_code code(errno, boost::system::generic_category());
    return Error(
        code,
        std::string(what) + ' ' + path.string() + ": " + code.message() + " (as uid " +
            std::to_string(::getuid()) + ')'
    );
}

Result<> sync_path(const fs::path& path, int flags) {
    const int file = ::open(path.c_str(), flags | O_RDONLY | O_CLOEXEC);
    if (file < 0) return last_error("cannot open", path);
    Result<> result;
    if (::fsync(file) != 0) result = last_error("cannot sync", path);
    ::close(file);
    return result;
}

}  // namespace

Result<> sync_file(const fs::path& file) {
    return sync_path(file, 0);
}

Result<> sync_folder(const fs::path& folder) {
    return sync_path(folder.empty() ? fs::path(".") : folder, O_DIRECTORY);
}

Result<> write_private_file(const fs::path& file, std::string_view bytes) {
    const fs::path fresh = file.string() + ".new";
    const int out = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (out < 0) return last_error("cannot create", fresh);
    Result<> result;
    if (::write(out, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()) ||
        ::fsync(out) != 0)
        result = last_error("cannot write", fresh);
    ::close(out);
    if (!result) return result;
    if (::rename(fresh.c_str(), file.c_str()) != 0) return last_error("cannot write", file);
    return sync_folder(file.parent_path());
}

}  // namespace sallyport
