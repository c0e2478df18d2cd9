// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "gateway/store/sqlite/sqlite.hpp"

namespace sallyport::store {

/// A thread with a connection of its own that runs what it is given, in order: reads on one,
/// checkpoints and backups on another, beside the writer.
class SideThread {
  public:
    using Work = std::function<void(Database&)>;
    explicit SideThread(std::unique_ptr<Database> db);
    ~SideThread();  ///< ends after the work that runs; what waits is dropped
    SideThread(const SideThread&) = delete;
    SideThread& operator=(const SideThread&) = delete;
    void run(Work work);

  private:
    void loop();
    std::unique_ptr<Database> db_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::vector<Work> waiting_;
    bool stop_ = false;
    std::thread thread_;  // last: it uses all the others
};

}  // namespace sallyport::store
