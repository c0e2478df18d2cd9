// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <variant>

#include <boost/asio/post.hpp>

#include "gateway/net/byte_stream.hpp"
#include "gateway/net/timers.hpp"
#include "xmpp/core/machine.hpp"

namespace sallyport::net {

/// What a pump tells its owner. Any of these may destroy the pump.
template <class Event>
class PumpOwner {
  public:
    virtual ~PumpOwner() = default;
    virtual void on_event(Event event) = 0;
    virtual void on_closed(const Error& why) = 0;  ///< the stream has ended: the last call
    virtual void on_sent() {}                      ///< see StreamHandler
    virtual void on_read(std::size_t bytes) { static_cast<void>(bytes); }  ///< before they are fed
    /// The machine wants TLS: a session, or null to give up. Only for machines that say StartTls.
    virtual std::unique_ptr<TlsSession> make_tls() { return nullptr; }
    virtual void on_tls(const TlsDone& binding) { static_cast<void>(binding); }
};

/// Drives one machine over one stream: feeds it bytes and time, performs its actions, hands its
/// events to the owner.
template <Machine M>
class Pump final : private StreamHandler {
  public:
    using Event = typename M::Event;

    /// `timers` and `owner` must outlive the pump.
    Pump(M machine, std::unique_ptr<ByteStream> stream, Timers& timers, PumpOwner<Event>& owner)
        : machine_(std::move(machine)),
          stream_(std::move(stream)),
          timers_(timers),
          owner_(owner) {}
    ~Pump() override { timers_.cancel(deadline_); }
    Pump(const Pump&) = delete;
    Pump& operator=(const Pump&) = delete;

    void start() {
        stream_->start(*this);
        machine_.start(timers_.now());
        later();
    }
    M& machine() { return machine_; }
    const M& machine() const { return machine_; }
    ByteStream& stream() { return *stream_; }
    const ByteStream& stream() const { return *stream_; }
    /// Drains the machine before this loop turn ends: call after every call of the machine's own.
    void later() {
        if (posted_) return;
        posted_ = true;
        boost::asio::post(timers_.executor(), [this, watch = std::weak_ptr<int>(alive_)] {
            if (watch.expired()) return;
            posted_ = false;
            drain();
        });
    }
    /// Drains the machine at once, before anything else happens; it may destroy the pump.
    void drain() {
        if (draining_) return;  // an event's handler called back: the loop below goes on
        draining_ = true;
        const std::weak_ptr<int> watch = alive_;
        while (auto output = machine_.poll()) {
            if (auto* action = std::get_if<Action>(&*output))
                perform(std::move(*action));
            else
                owner_.on_event(std::move(std::get<Event>(*output)));
            if (watch.expired()) return;
        }
        draining_ = false;
        arm();
    }
    /// Asks the machine to close, and reads on for the peer's goodbye.
    void say_goodbye() {
        stream_->set_reading(true);
        machine_.close(timers_.now());
        later();
    }
    /// Bytes came since the last call of this.
    bool take_was_read() { return std::exchange(was_read_, false); }

  private:
    void on_bytes(std::string_view bytes) override {
        was_read_ = true;
        if (!counts_overhead_) owner_.on_read(bytes.size());
        machine_.feed(bytes, timers_.now());
        drain();
    }
    void on_end(const Error& why) override {
        const std::weak_ptr<int> watch = alive_;
        machine_.closed(timers_.now());
        closing_ = true;
        drain();
        if (!watch.expired()) owner_.on_closed(why);
    }
    void on_sent() override { owner_.on_sent(); }
    void on_overhead(std::size_t bytes) override {
        counts_overhead_ = true;
        owner_.on_read(bytes);
    }

    void perform(Action action) {
        if (closing_) return;
        if (auto* write = std::get_if<Write>(&action)) {
            stream_->hand_over(std::move(write->bytes));
        } else if (std::holds_alternative<Close>(action)) {
            closing_ = true;
            stream_->close();
        } else {
            start_tls();
        }
    }
    void start_tls() {
        std::unique_ptr<TlsSession> session = owner_.make_tls();
        if (!session) {
            closing_ = true;
            stream_->close();
            return;
        }
        stream_->start_tls(
            std::move(session),
            [this, watch = std::weak_ptr<int>(alive_)](Result<TlsDone> done) {
                if (watch.expired() || !done) return;
                owner_.on_tls(*done);
                if (!watch.expired()) drain();
            }
        );
    }
    void arm() {
        const auto wanted = machine_.deadline();
        if (deadline_ && wanted && deadline_.when == *wanted) return;
        timers_.cancel(deadline_);
        if (!wanted) return;
        deadline_ = timers_.at(*wanted, [this] {
            deadline_ = {};
            machine_.tick(timers_.now());
            drain();
        });
    }

    M machine_;
    std::unique_ptr<ByteStream> stream_;
    Timers& timers_;
    PumpOwner<Event>& owner_;
    Timers::Handle deadline_;
    std::shared_ptr<int> alive_ =
        std::make_shared<int>();  ///< watched across callbacks that may destroy this
    bool posted_ = false;
    bool draining_ = false;
    bool closing_ = false;
    bool was_read_ = false;
    bool counts_overhead_ = false;  ///< the stream tells what came: on_bytes() is part of it
};

}  // namespace sallyport::net
