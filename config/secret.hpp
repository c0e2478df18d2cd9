// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "xmpp/core/result.hpp"

namespace sallyport::config {

/// A value that cannot be printed: no stream operator, no conversion; its memory is wiped when it
/// dies.
class Secret {
  public:
    Secret() = default;
    explicit Secret(std::string_view value) : value_(value) {}
    Secret(const Secret& other) = default;
    Secret(Secret&& other) noexcept;
    Secret& operator=(const Secret& other);
    Secret& operator=(Secret&& other) noexcept;
    ~Secret();

    /// The value itself; the view lives as long as this Secret. Never hand it to a log, an error or
    /// a file.
    std::string_view reveal() const { return value_; }
    bool is_empty() const { return value_.empty(); }

    /// Takes the same time for any two values of the same lengths.
    friend bool operator==(const Secret& a, const Secret& b);

  private:
    void wipe() noexcept;
    std::string value_;
};

/// Reads a secret from a file, without one trailing line break. Errors name the path and our uid.
Result<Secret> read_secret_file(const std::filesystem::path& path);

/// True for "${env:NAME}" and "${file:/path}".
bool is_reference(std::string_view text);
/// The value behind a reference, or the text itself if it is none; a relative file is taken from
/// `folder`. Errors: variable not set, file unreadable (naming path and uid).
Result<Secret> resolve_reference(std::string_view text, const std::filesystem::path& folder);

}  // namespace sallyport::config
