// SPDX-License-Identifier: Apache-2.0
#include "gateway/store/sqlite/side_thread.hpp"

namespace sallyport::store {

SideThread::SideThread(std::unique_ptr<Database> db)
    : db_(std::move(db)), thread_([this] { loop(); }) {}

SideThread::~SideThread() {
    {
        const std::lock_guard lock(mutex_);
        stop_ = true;
    }
    wake_.notify_one();
    thread_.join();
}

void SideThread::run(Work work) {
    {
        const std::lock_guard lock(mutex_);
        waiting_.push_back(std::move(work));
    }
    wake_.notify_one();
}

void SideThread::loop() {
    std::unique_lock lock(mutex_);
    while (true) {
        wake_.wait(lock, [this] { return stop_ || !waiting_.empty(); });
        if (stop_) return;
        std::vector<Work> works;
        works.swap(waiting_);
        lock.unlock();
        for (const Work& work : works) work(*db_);
        works.clear();
        lock.lock();
    }
}

}  // namespace sallyport::store
