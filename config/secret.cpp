// SPDX-License-Identifier: Apache-2.0
#include "config/secret.hpp"

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <utility>

#include <unistd.h>

#include "xmpp/core/text.hpp"

namespace sallyport::config {
namespace {

constexpr std::string_view env_prefix = "${env:";
constexpr std::string_view file_prefix = "${file:";
constexpr std::size_t max_secret_bytes = 64 * 1024;

void wipe_bytes(char* data, std::size_t size) noexcept {
    // volatile: a compiler may drop writes to memory that is about to be freed.
    volatile char* at = data;
    for (std::size_t i = 0; i < size; ++i) at[i] = 0;
}

Error unreadable(const std::filesystem::path& path, const std::string& why) {
    return Error(
        "cannot read " + path.string() + ": " + why + " (running as uid " +
        std::to_string(::geteuid()) + ")"
    );
}

std::string_view inside(std::string_view text, std::string_view prefix) {
    return text.substr(prefix.size(), text.size() - prefix.size() - 1);
}

Result<Secret> read_environment(std::string_view name) {
    const char* value =
        std::getenv(std::string(name).c_str());  // NOLINT(concurrency-mt-unsafe): nothing sets it
    if (value == nullptr) {
        return Error("the environment variable " + std::string(name) + " is not set");
    }
    return Secret(value);
}

}  // namespace

Secret::Secret(Secret&& other) noexcept : value_(std::move(other.value_)) {
    other.wipe();
}

Secret& Secret::operator=(const Secret& other) {
    if (this != &other) {
        wipe();
        value_ = other.value_;
    }
    return *this;
}

Secret& Secret::operator=(Secret&& other) noexcept {
    if (this != &other) {
        wipe();
        value_ = std::move(other.value_);
        other.wipe();
    }
    return *this;
}

Secret::~Secret() {
    wipe();
}

void Secret::wipe() noexcept {
    // Up to the capacity: a short value that was moved away stays behind in the small buffer.
    value_.resize(value_.capacity());
    wipe_bytes(value_.data(), value_.size());
    value_.clear();
}

bool operator==(const Secret& a, const Secret& b) {
    return equal_constant_time(a.value_, b.value_);
}

Result<Secret> read_secret_file(const std::filesystem::path& path) {
    std::error_code ignored;
    if (std::filesystem::is_directory(path, ignored)) return unreadable(path, "it is a directory");
    errno = 0;
    std::ifstream in(path, std::ios::binary);
    if (!in) return unreadable(path, std::generic_category().message(errno));
    std::string text(max_secret_bytes + 1, '\0');
    in.read(text.data(), static_cast<std::streamsize>(text.size()));
    auto size = static_cast<std::size_t>(in.gcount());
    if (size > max_secret_bytes) return unreadable(path, "it is larger than 64 KiB");
    std::string_view value = std::string_view(text).substr(0, size);
    if (value.ends_with('\n')) value.remove_suffix(1);
    if (value.ends_with('\r')) value.remove_suffix(1);
    Secret secret(value);
    wipe_bytes(text.data(), text.size());
    return secret;
}

bool is_reference(std::string_view text) {
    return text.ends_with('}') && (text.starts_with(env_prefix) || text.starts_with(file_prefix));
}

Result<Secret> resolve_reference(std::string_view text, const std::filesystem::path& folder) {
    if (!is_reference(text)) return Secret(text);
    if (text.starts_with(env_prefix)) return read_environment(inside(text, env_prefix));
    return read_secret_file(folder / inside(text, file_prefix));
}

}  // namespace sallyport::config
