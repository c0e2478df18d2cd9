// SPDX-License-Identifier: Apache-2.0
#include "tests/support/pipe_stream.hpp"

#include <algorithm>
#include <array>
#include <string>

#include <boost/asio/post.hpp>

namespace sallyport::test {
namespace {

using net::Fault;
using net::StreamHandler;

/// Both ends and what is on its way between them.
class Pipe : public std::enable_shared_from_this<Pipe> {
  public:
    struct End {
        StreamHandler* handler = nullptr;
        std::string coming;  ///< for this end
        bool reading = true;
        bool peer_closed = false;
        bool closing = false;
        bool over = false;
    };

    Pipe(boost::asio::any_io_executor executor, PipeFaults faults)
        : executor_(std::move(executor)), faults_(faults) {}

    End& end(int side) { return ends_.at(static_cast<std::size_t>(side)); }

    void write(int side, std::string_view bytes) {
        if (end(side).over || end(side).closing) return;
        if (fails()) return;
        end(1 - side).coming += bytes;
        schedule();
    }
    void close(int side) {
        end(side).closing = true;
        end(1 - side).peer_closed = true;
        schedule();
    }
    void drop(int side) {
        end(side).handler = nullptr;
        end(side).over = true;
        end(1 - side).peer_closed = true;
        schedule();
    }
    void schedule() {
        if (scheduled_) return;
        scheduled_ = true;
        boost::asio::post(executor_, [self = shared_from_this()] {
            self->scheduled_ = false;
            self->step(0);
            self->step(1);
        });
    }
    const boost::asio::any_io_executor& executor() const { return executor_; }

  private:
    bool fails() {
        if (++operations_ != faults_.fail_at) return false;
        broken_ = true;
        schedule();
        return true;
    }
    void step(int side) {
        End& self = end(side);
        if (self.over || self.handler == nullptr) return;
        if (broken_) {
            finish(self, Fault::reset);
        } else if (self.closing) {
            finish(self, Fault::closed);
        } else if (!self.coming.empty() && self.reading) {
            deliver(self);
        } else if (self.coming.empty() && self.peer_closed) {
            finish(self, Fault::eof);
        }
    }
    void deliver(End& self) {
        if (fails()) return;
        const std::string bytes = self.coming.substr(0, faults_.read_bytes);
        self.coming.erase(0, bytes.size());
        schedule();  // more, or the end, in the next turn
        self.handler->on_bytes(bytes);
        StreamHandler* const writer = end(&self == ends_.data() ? 1 : 0).handler;
        if (writer != nullptr) writer->on_sent();
    }
    static void finish(End& self, Fault fault) {
        self.over = true;
        std::exchange(self.handler, nullptr)->on_end(net::make_error(fault));
    }

    boost::asio::any_io_executor executor_;
    PipeFaults faults_;
    std::array<End, 2> ends_;
    std::size_t operations_ = 0;
    bool scheduled_ = false;
    bool broken_ = false;
};

class PipeStream final : public net::ByteStream {
  public:
    PipeStream(std::shared_ptr<Pipe> pipe, int side) : pipe_(std::move(pipe)), side_(side) {}
    ~PipeStream() override { pipe_->drop(side_); }

    void start(StreamHandler& handler) override {
        pipe_->end(side_).handler = &handler;
        pipe_->schedule();
    }
    void write(std::string_view bytes) override { pipe_->write(side_, bytes); }
    /// What the other end has not read yet, so that its back-pressure is seen here.
    std::size_t unsent_bytes() const override { return pipe_->end(1 - side_).coming.size(); }
    void start_tls(std::unique_ptr<net::TlsSession>, TlsStarted done) override {
        boost::asio::post(pipe_->executor(), [pipe = pipe_, side = side_, done = std::move(done)] {
            if (!pipe->end(side).over) done(TlsDone());
        });
    }
    void set_reading(bool on) override {
        pipe_->end(side_).reading = on;
        pipe_->schedule();
    }
    void close() override { pipe_->close(side_); }
    const std::string& peer() const override {
        static const std::string name = "pipe";
        return name;
    }

  private:
    std::shared_ptr<Pipe> pipe_;
    int side_;
};

}  // namespace

std::pair<std::unique_ptr<net::ByteStream>, std::unique_ptr<net::ByteStream>> make_pipe(
    boost::asio::any_io_executor executor, PipeFaults faults
) {
    auto pipe = std::make_shared<Pipe>(std::move(executor), faults);
    return {std::make_unique<PipeStream>(pipe, 0), std::make_unique<PipeStream>(pipe, 1)};
}

}  // namespace sallyport::test
