// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

namespace sallyport::store {

/// A VFS on top of another one that writes the write-ahead log in large pieces. SQLite writes each
/// page of a commit with two calls, its frame's header and itself; here they gather until the frame
/// that ends the transaction, or until somebody looks (sync, read, size), and leave in one call.
/// What a commit promises does not change: nothing waits beyond the end of its transaction, and the
/// sync comes after. Other files go straight to the VFS below.
class GatheredWal {
  public:
    /// `base`: name of the VFS below, "" = the default. It must outlive this object.
    explicit GatheredWal(const std::string& base);
    /// REQUIRES: connections that use it are closed.
    ~GatheredWal();
    GatheredWal(const GatheredWal&) = delete;
    GatheredWal& operator=(const GatheredWal&) = delete;
    const std::string& name() const;  ///< to open a database with

  private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace sallyport::store
