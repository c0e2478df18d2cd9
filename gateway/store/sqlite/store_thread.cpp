// SPDX-License-Identifier: Apache-2.0
#include "gateway/store/sqlite/store_thread.hpp"

#include <algorithm>

namespace sallyport::store {
namespace {

// Bounds what one commit holds in memory; a group this large has long paid for its fsync.
constexpr std::size_t largest_group = 2048;

}  // namespace

Result<ReadAnswer> run_read(Database& db, const Read& question) {
    ReadAnswer found = std::visit(
        [&db]<class Op>(const Op& op) {
            return ReadAnswer(std::in_place_type<typename Op::Answer>, answer(db, op));
        },
        question
    );
    if (auto fault = db.take_fault()) return fault->to_error();
    return found;
}

StoreThread::StoreThread(
    std::unique_ptr<Database> db,
    std::unique_ptr<Writer> writer,
    Post post,
    std::chrono::milliseconds probe_every,
    std::function<void(Database&)> after_commit
)
    : db_(std::move(db)),
      writer_(std::move(writer)),
      post_(std::move(post)),
      probe_every_(probe_every),
      after_commit_(std::move(after_commit)),
      thread_([this] { loop(); }) {}

StoreThread::~StoreThread() {
    dropping_ = true;
    {
        const std::lock_guard lock(mutex_);
        stop_ = true;
    }
    wake_.notify_one();
    thread_.join();
}

void StoreThread::submit(Write op, WriteDone done) {
    ++pending_;
    bool first = false;
    {
        const std::lock_guard lock(mutex_);
        first = waiting_.empty();
        if (first || waiting_.back().size() == largest_group) {
            // Jobs are large, and growing moves them all.
            waiting_.emplace_back().reserve(usual_group_);
        }
        waiting_.back().push_back({std::move(op), std::move(done)});
    }
    if (first) wake_.notify_one();
}

void StoreThread::ask(Read question, ReadDone done) {
    {
        const std::lock_guard lock(mutex_);
        reads_.push_back({std::move(question), std::move(done)});
    }
    wake_.notify_one();
}

void StoreThread::run(std::function<void(Database&)> work) {
    {
        const std::lock_guard lock(mutex_);
        works_.push_back(std::move(work));
    }
    wake_.notify_one();
}

/// Sleeps until there is something to do; false when it is time to end. While unwell it wakes up to
/// probe.
bool StoreThread::wait_for_work(std::unique_lock<std::mutex>& lock) {
    const auto has_work = [this] {
        return stop_ || !waiting_.empty() || !reads_.empty() || !works_.empty();
    };
    if (healthy_) {
        wake_.wait(lock, has_work);
    } else if (!wake_.wait_for(lock, probe_every_, has_work)) {
        return true;
    }
    return !(stop_ && waiting_.empty() && works_.empty());
}

void StoreThread::loop() {
    while (true) {
        Group group;
        std::vector<ReadJob> reads;
        std::vector<std::function<void(Database&)>> works;
        {
            std::unique_lock lock(mutex_);
            if (!wait_for_work(lock)) return;
            if (!waiting_.empty()) {
                group.jobs = std::move(waiting_.front());
                waiting_.pop_front();
                usual_group_ = std::max(group.jobs.size(), usual_group_ - usual_group_ / 8);
            }
            // Reads see every write that was submitted before them.
            if (waiting_.empty()) reads.swap(reads_);
            works.swap(works_);
        }
        if (!group.jobs.empty()) {
            commit_group(std::move(group));
        } else if (!healthy_) {
            probe();
        }
        for (const auto& work : works) work(*db_);
        serve(reads);
        if (after_commit_) after_commit_(*db_);
    }
}

/// Runs the next `count` jobs that have no answer in one transaction; on a fault nothing of it
/// remains.
std::optional<Fault> StoreThread::transact(Group& group, std::size_t count) {
    const std::size_t begin = group.answers.size();
    Query(*db_, "BEGIN IMMEDIATE").run();
    for (std::size_t at = begin; at < begin + count && !db_->failed(); ++at) {
        group.answers.push_back(std::visit(
            [this]<class Op>(const Op& op) {
                return WriteAnswer(std::in_place_type<typename Op::Answer>, execute(*writer_, op));
            },
            group.jobs[at].op
        ));
    }
    writer_->tally.write(*db_);
    Query(*db_, "COMMIT").run();
    auto fault = db_->take_fault();
    if (fault) {
        db_->rollback();
        writer_->forget();
        group.answers.erase(
            group.answers.begin() + static_cast<std::ptrdiff_t>(begin), group.answers.end()
        );
    }
    healthy_ = !fault || !fault->is_environment();
    return fault;
}

/// One of the group is impossible (its id is in use, it is too big): the others must not pay for
/// it.
void StoreThread::transact_each(Group& group) {
    while (group.answers.size() < group.jobs.size()) {
        const auto fault = transact(group, 1);
        if (fault && fault->is_environment()) return;
        if (fault) group.answers.emplace_back(fault->to_error());
    }
}

void StoreThread::commit_group(Group group) {
    group.answers.reserve(group.jobs.size());
    const auto fault = transact(group, group.jobs.size());
    if (fault && !fault->is_environment()) transact_each(group);
    const Error error = fault ? fault->to_error() : Error();
    while (group.answers.size() < group.jobs.size()) group.answers.emplace_back(error);
    hand_over(std::move(group));
}

void StoreThread::hand_over(Group group) {
    pending_ -= group.jobs.size();
    if (dropping_) return;
    const auto wants = [](const WriteJob& job) { return static_cast<bool>(job.done); };
    if (std::ranges::none_of(group.jobs, wants)) return;
    // Shared because std::function wants to be copyable.
    post_([shared = std::make_shared<Group>(std::move(group))] {
        for (std::size_t at = 0; at < shared->jobs.size(); ++at) {
            if (shared->jobs[at].done) shared->jobs[at].done(std::move(shared->answers[at]));
        }
    });
}

void StoreThread::serve(std::vector<ReadJob>& reads) {
    for (ReadJob& read : reads) {
        if (dropping_) return;
        auto found = std::make_shared<Result<ReadAnswer>>(run_read(*db_, read.question));
        post_([done = std::move(read.done), found] { done(std::move(*found)); });
    }
}

/// Tries whether the disk takes a commit again.
void StoreThread::probe() {
    Query(*db_, "BEGIN IMMEDIATE").run();
    Query(
        *db_,
        "INSERT INTO probe (row, at) VALUES (1, 1) ON CONFLICT (row) DO UPDATE SET at = at + 1"
    )
        .run();
    Query(*db_, "COMMIT").run();
    healthy_ = !db_->failed();
    if (db_->take_fault()) db_->rollback();
}

}  // namespace sallyport::store
