// SPDX-License-Identifier: Apache-2.0
#include "gateway/app/data_dir.hpp"

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <system_error>

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gateway/base/durable_file.hpp"
#include "xmpp/core/random.hpp"

namespace sallyport::app {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t key_bytes = 32;

Error system_error(const std::string& what, const fs::path& path) {
    const int number = errno;
    const std::error_code code(number, std::generic_category());
    return Error(
        boost::system::error_code(number, boost::system::generic_category()),
        what + " " + path.string() + ": " + code.message() + " (as uid " +
            std::to_string(getuid()) + ")"
    );
}

long read_pid(int file) {
    char text[32] = {};
    const ssize_t n = pread(file, text, sizeof text - 1, 0);
    return n > 0 ? std::strtol(text, nullptr, 10) : 0;
}

Result<> make_folder(const fs::path& path) {
    std::error_code failed;
    const bool existed = fs::exists(path, failed);
    fs::create_directories(path, failed);
    if (failed) {
        errno = failed.value();
        return system_error("cannot create", path);
    }
    if (!existed && chmod(path.c_str(), 0700) != 0) return system_error("cannot protect", path);
    return {};
}

}  // namespace

Result<> give_to_owner(const fs::path& file) {
    if (::geteuid() != 0) return {};
    struct stat folder {};
    const bool is_given = ::stat(file.parent_path().c_str(), &folder) == 0 &&
                          ::chown(file.c_str(), folder.st_uid, folder.st_gid) == 0;
    if (!is_given) return system_error("cannot give away", file);
    return {};
}

Result<DataDir> DataDir::open(const fs::path& path, std::optional<Held>& held) {
    if (auto made = make_folder(path); !made) return made.error();
    const fs::path file = path / "lock";
    const int lock = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (lock < 0) return system_error("cannot open", file);
    if (flock(lock, LOCK_EX | LOCK_NB) != 0) {
        held = Held{read_pid(lock)};
        close(lock);
        return Error(path.string() + " is in use by process " + std::to_string(held->pid));
    }
    DataDir dir(path, lock);
    const std::string pid = std::to_string(getpid()) + "\n";
    if (ftruncate(lock, 0) != 0 || pwrite(lock, pid.data(), pid.size(), 0) < 0)
        return system_error("cannot write", file);
    if (auto made = make_folder(dir.media()); !made) return made.error();
    for (const fs::path& made : {file, dir.media()})
        if (auto given = give_to_owner(made); !given) return given.error();
    return dir;
}

std::optional<DataDir::Held> DataDir::holder(const fs::path& path) {
    const int lock = ::open((path / "lock").c_str(), O_RDONLY | O_CLOEXEC);
    if (lock < 0) return std::nullopt;
    std::optional<Held> held;
    if (flock(lock, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) held = Held{read_pid(lock)};
    close(lock);
    return held;
}

DataDir::DataDir(DataDir&& other) noexcept : path_(std::move(other.path_)), lock_(other.lock_) {
    other.lock_ = -1;
}

DataDir::~DataDir() {
    if (lock_ >= 0) close(lock_);
}

Result<std::string> DataDir::key() const {
    const fs::path file = path_ / "key";
    if (std::ifstream in(file, std::ios::binary); in) {
        std::string key((std::istreambuf_iterator<char>(in)), {});
        if (key.size() == key_bytes) return key;
        return Error(
            file.string() + " is damaged: it should hold " + std::to_string(key_bytes) + " bytes"
        );
    }
    if (errno != ENOENT) return system_error("cannot read", file);
    std::string key = random_bytes(key_bytes);
    if (auto written = write_private_file(file, key); !written) return written.error();
    return key;
}

}  // namespace sallyport::app
