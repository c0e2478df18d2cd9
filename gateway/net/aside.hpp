// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <memory>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

namespace sallyport::net {

/// One thread beside the network thread, for what would hold it up: derivations of keys, syncs of
/// files. Destruction waits for the work that has begun; what has not, and every `done`, is
/// dropped.
class Aside {
  public:
    explicit Aside(boost::asio::any_io_executor executor) : executor_(std::move(executor)) {}
    ~Aside() {
        alive_.reset();
        pool_.stop();
        pool_.join();
    }
    Aside(const Aside&) = delete;
    Aside& operator=(const Aside&) = delete;

    /// `work` there, one after another, then `done` on the executor.
    void run(std::function<void()> work, std::function<void()> done) {
        boost::asio::post(
            pool_,
            [work = std::move(work),
             done = std::move(done),
             executor = executor_,
             watch = std::weak_ptr<int>(alive_)]() mutable {
                work();
                work = {};
                boost::asio::post(executor, [watch = std::move(watch), done = std::move(done)] {
                    if (!watch.expired()) done();
                });
            }
        );
    }

  private:
    boost::asio::any_io_executor executor_;
    std::shared_ptr<int> alive_ = std::make_shared<int>();
    boost::asio::thread_pool pool_{1};
};

}  // namespace sallyport::net
