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

/// A full disk takes a part first, and says why at the next try.
bool write_all(int file, std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t count = ::write(file, bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
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
    if (!write_all(out, bytes) || ::fsync(out) != 0) result = last_error("cannot write", fresh);
    ::close(out);
    if (!result) return result;
    if (::rename(fresh.c_str(), file.c_str()) != 0) return last_error("cannot write", file);
    return sync_folder(file.parent_path());
}

}  // namespace sallyport
