// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "xmpp/core/result.hpp"

namespace sallyport::app {

/// As root: gives a file to whom its folder belongs, or the gateway's user could not open what an
/// operator's command made.
Result<> give_to_owner(const std::filesystem::path& file);

/// data/: database, media, keys, lock and control socket of one process. Created 0700; held by
/// data/lock while this lives.
class DataDir {
  public:
    struct Held {
        long pid = 0;
    };  ///< another process has it
    /// Creates the folder and takes the lock. Error with `held` set when another process runs on
    /// it.
    static Result<DataDir> open(const std::filesystem::path& path, std::optional<Held>& held);
    /// The pid in data/lock when a process holds it; nothing when it is free or absent.
    static std::optional<Held> holder(const std::filesystem::path& path);

    DataDir(DataDir&& other) noexcept;
    DataDir& operator=(DataDir&&) = delete;
    ~DataDir();

    const std::filesystem::path& path() const { return path_; }
    std::filesystem::path media() const { return path_ / "media"; }
    std::filesystem::path control_socket() const { return path_ / "control.sock"; }
    /// The 32 bytes of data/key: made on first use, 0600. Errors name the file and our uid.
    Result<std::string> key() const;

  private:
    DataDir(std::filesystem::path path, int lock) : path_(std::move(path)), lock_(lock) {}
    std::filesystem::path path_;
    int lock_ = -1;
};

}  // namespace sallyport::app
