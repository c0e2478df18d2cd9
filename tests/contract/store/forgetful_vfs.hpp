// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <limits>
#include <memory>
#include <string>

namespace sallyport::test {

/// A SQLite VFS over the system's one that knows what is on the platters: what a file held when it
/// was last synced. At a power cut everything later is forgotten. It can also play a full disk.
class ForgetfulVfs {
  public:
    ForgetfulVfs();
    ~ForgetfulVfs();  ///< REQUIRES: all databases opened through it are closed
    ForgetfulVfs(const ForgetfulVfs&) = delete;
    ForgetfulVfs& operator=(const ForgetfulVfs&) = delete;

    const std::string& name() const;
    /// From now on the n-th sync (counted from 1) does not happen, and the power is gone.
    void cut_at_sync(int n);
    void cut_now();
    bool is_cut() const;
    int syncs() const;
    void set_full(bool full);  ///< writes fail with SQLITE_FULL
    /// Writes the synced contents into `folder`: what a machine finds after the cut.
    void recover_into(const std::filesystem::path& folder) const;

    struct State;

  private:
    std::unique_ptr<State> state_;
};

}  // namespace sallyport::test
