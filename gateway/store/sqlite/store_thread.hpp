// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "gateway/store/sqlite/writer.hpp"

namespace sallyport::store {

using WriteDone = std::function<void(Result<WriteAnswer>)>;
using ReadDone = std::function<void(Result<ReadAnswer>)>;

/// Runs one read on a connection.
Result<ReadAnswer> run_read(Database& db, const Read& question);

/// The only writer. It takes all writes that wait, runs them in one transaction, commits, and hands
/// all completions over with one post; meanwhile the next ones gather. Serves reads too where there
/// is no second connection (":memory:").
class StoreThread {
  public:
    /// `after_commit` runs on the store thread after each round.
    StoreThread(
        std::unique_ptr<Database> db,
        std::unique_ptr<Writer> writer,
        Post post,
        std::chrono::milliseconds probe_every,
        std::function<void(Database&)> after_commit
    );
    /// Commits everything submitted and drops its completions.
    ~StoreThread();
    StoreThread(const StoreThread&) = delete;
    StoreThread& operator=(const StoreThread&) = delete;

    void submit(Write op, WriteDone done);
    void ask(Read question, ReadDone done);
    /// Runs between two groups; for work that needs the writer's connection.
    void run(std::function<void(Database&)> work);
    std::size_t pending() const { return pending_; }
    bool healthy() const { return healthy_; }

  private:
    struct WriteJob {
        Write op;
        WriteDone done;
    };
    struct ReadJob {
        Read question;
        ReadDone done;
    };
    /// What is committed together.
    struct Group {
        std::vector<WriteJob> jobs;
        std::vector<Result<WriteAnswer>> answers;  ///< of the first jobs, in their order
    };

    void loop();
    bool wait_for_work(std::unique_lock<std::mutex>& lock);
    void commit_group(Group group);
    std::optional<Fault> transact(Group& group, std::size_t count);
    void transact_each(Group& group);
    void hand_over(Group group);
    void serve(std::vector<ReadJob>& reads);
    void probe();

    std::unique_ptr<Database> db_;
    std::unique_ptr<Writer> writer_;
    Post post_;
    std::chrono::milliseconds probe_every_;
    std::function<void(Database&)> after_commit_;

    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::vector<WriteJob>> waiting_;  ///< full groups, the last one growing
    std::size_t usual_group_ = 1;                ///< its jobs, lately
    std::vector<ReadJob> reads_;
    std::vector<std::function<void(Database&)>> works_;
    bool stop_ = false;
    std::atomic<bool> dropping_ = false;
    std::atomic<std::size_t> pending_ = 0;
    std::atomic<bool> healthy_ = true;
    std::thread thread_;  // last: it uses all the others
};

}  // namespace sallyport::store
