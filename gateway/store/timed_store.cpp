// SPDX-License-Identifier: Apache-2.0
#include "gateway/store/timed_store.hpp"

#include <utility>

namespace sallyport::store {
namespace {

using Clock = std::chrono::steady_clock;
using Observe = std::function<void(std::chrono::duration<double>)>;

class TimedStore final : public Store {
  public:
    TimedStore(std::unique_ptr<Store> store, Observer observer)
        : observer_(std::move(observer)), store_(std::move(store)) {}

    std::size_t pending() const override { return store_->pending(); }
    bool healthy() const override { return store_->healthy(); }
    void backup(std::string path, std::function<void(Result<>)> done) override {
        store_->backup(std::move(path), std::move(done));
    }

  protected:
    void submit(Write op, WriteDone done) override {
        std::visit(
            [&]<class Op>(Op& one) {
                if (!done) return store_->write(std::move(one));
                store_->write(
                    std::move(one), timed<WriteAnswer, Op>(observer_.write, std::move(done))
                );
            },
            op
        );
    }
    void ask(Read op, ReadDone done) override {
        std::visit(
            [&]<class Op>(Op& one) {
                store_->read(
                    std::move(one), timed<ReadAnswer, Op>(observer_.read, std::move(done))
                );
            },
            op
        );
    }

  private:
    /// A completion that tells how long its answer took, and hands it on as one of all answers.
    template <class Any, class Op>
    static std::function<void(Result<typename Op::Answer>)> timed(
        const Observe& observe, std::function<void(Result<Any>)> done
    ) {
        return [&observe,
                done = std::move(done),
                begin = Clock::now()](Result<typename Op::Answer> answer) {
            observe(Clock::now() - begin);
            if (!answer) return done(answer.error());
            done(Any(std::in_place_type<typename Op::Answer>, *std::move(answer)));
        };
    }

    Observer observer_;  // outlives the completions of the store
    std::unique_ptr<Store> store_;
};

}  // namespace

std::unique_ptr<Store> make_timed(std::unique_ptr<Store> store, Observer observer) {
    return std::make_unique<TimedStore>(std::move(store), std::move(observer));
}

}  // namespace sallyport::store
