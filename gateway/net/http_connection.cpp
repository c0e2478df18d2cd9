// SPDX-License-Identifier: Apache-2.0
#include "gateway/net/http_connection.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "gateway/base/log.hpp"

namespace sallyport::net {
namespace {

constexpr std::size_t file_queue_bytes = 256 * 1024;  ///< of a file, held for a slow client
constexpr std::size_t keep_capacity_bytes = 4096;

}  // namespace

HttpConnection::HttpConnection(
    HttpShared& shared, std::unique_ptr<ByteStream> stream, std::function<void()> closed
)
    : shared_(shared),
      stream_(std::move(stream)),
      closed_(std::move(closed)),
      parser_(shared.limits.header_bytes, shared.limits.body_bytes) {
    parser_.set_plan([this](const port::HttpRequest& head) { return plan_body(head); });
}

HttpConnection::~HttpConnection() {
    shared_.timers.cancel(timer_);
}

void HttpConnection::start(std::unique_ptr<TlsSession> tls) {
    set_deadline(shared_.timers.now() + shared_.limits.header_timeout);
    if (!tls) {
        phase_ = Phase::idle;
        stream_->start(*this);
        return;
    }
    stream_->start_tls(
        std::move(tls),
        [this, weak = weak_from_this()](const Result<TlsDone>& done) {
            const auto self = weak.lock();
            if (!self || gone_) return;
            if (!done) {
                on_end(done.error());
                return;
            }
            phase_ = Phase::idle;
            stream_->start(*this);
        }
    );
}

void HttpConnection::on_bytes(std::string_view bytes) {
    const auto self = shared_from_this();
    if (!unread_.empty() || phase_ >= Phase::handling) {
        unread_ += bytes;
        process();
        return;
    }
    consume(bytes);
    process();
}

/// Takes what the parser wants of `bytes`; the rest is kept.
void HttpConnection::consume(std::string_view bytes) {
    while (!bytes.empty() && phase_ < Phase::handling) {
        const std::size_t taken = parser_.feed(bytes);
        bytes.remove_prefix(taken);
        const HttpParser::Status status = parser_.status();
        if (status == HttpParser::Status::header) break;
        after_feed();
        if (taken == 0 && status == HttpParser::Status::body) break;
    }
    unread_ = bytes;
    if (phase_ < Phase::handling) after_feed();
}

/// Requests that arrived together are answered one after another, without recursion.
void HttpConnection::process() {
    if (processing_) return;
    processing_ = true;
    while (!gone_ && !unread_.empty() && phase_ < Phase::handling) {
        const std::string bytes = std::exchange(unread_, {});
        consume(bytes);
        if (unread_.size() == bytes.size()) break;
    }
    processing_ = false;
    if (!gone_) stream_->set_reading(phase_ < Phase::handling || phase_ == Phase::closing);
}

void HttpConnection::after_feed() {
    switch (parser_.status()) {
        case HttpParser::Status::idle:
            return;
        case HttpParser::Status::header:
            enter(Phase::header);
            return;
        case HttpParser::Status::body:
            if (parser_.take_expects_continue()) stream_->write("HTTP/1.1 100 Continue\r\n\r\n");
            enter(Phase::body);
            return;
        case HttpParser::Status::complete:
            begin_request();
            return;
        case HttpParser::Status::failed:
            refuse(parser_.fault());
            return;
    }
}

/// A body for a receiving route goes there piece by piece; one that will be refused anyway is not
/// read.
HttpParser::BodyPlan HttpConnection::plan_body(const port::HttpRequest& head) {
    const HttpRoutes::Route* const route = shared_.routes.find(head.url);
    const auto* receive = route ? std::get_if<ReceiveHandler>(&route->handler) : nullptr;
    if (receive == nullptr) return {};
    early_answer_ = shared_.refusal(route, head);
    if (early_answer_) return {.refuse = true, .sink = {}};
    ReceiverOrResponse decided = (*receive)(head);
    if (auto* refused = std::get_if<port::HttpResponse>(&decided)) {
        early_answer_ = std::move(*refused);
        return {.refuse = true, .sink = {}};
    }
    receiver_ = std::move(std::get<std::unique_ptr<BodyReceiver>>(decided));
    receive_until_ = shared_.timers.now() + shared_.limits.receive_timeout;
    return {.refuse = false, .sink = [this](std::string_view bytes) { return take_piece(bytes); }};
}

bool HttpConnection::take_piece(std::string_view bytes) {
    set_deadline(std::min(shared_.timers.now() + shared_.limits.body_timeout, receive_until_));
    early_answer_ = receiver_->take(bytes);
    return !early_answer_;
}

void HttpConnection::begin_request() {
    enter(Phase::handling);
    ++serial_;
    ++shared_.counters.requests;
    ++shared_.counters.running;
    port::HttpRequest request = parser_.take();
    request.peer = stream_->peer();
    frame_ = AnswerFrame();
    frame_.http10 = parser_.is_http10();
    frame_.head_only = request.method == "HEAD";
    frame_.close = !parser_.keeps_alive() || shared_.stopping || shared_.draining;
    const HttpRoutes::Route* const route = shared_.routes.find(request.url);
    if (auto refused = shared_.refusal(route, request)) {
        ++shared_.counters.refused;
        answer(serial_, *refused);
    } else {
        call(*route, std::move(request));
    }
}

void HttpConnection::call(const HttpRoutes::Route& route, port::HttpRequest request) {
    if (const auto* files = std::get_if<FileHandler>(&route.handler)) {
        const FileOrResponse found = (*files)(request);
        if (const auto* file = std::get_if<FileAnswer>(&found))
            answer_file(*file, request);
        else
            answer(serial_, std::get<port::HttpResponse>(found));
        return;
    }
    if (const auto* receive = std::get_if<ReceiveHandler>(&route.handler))
        return answer_received(*receive, request);
    // The handler may unmount its own route; a copy outlives that.
    const port::WebhookHandler handler = std::get<port::WebhookHandler>(route.handler);
    handler(std::move(request), responder());
}

port::Respond HttpConnection::responder() {
    return [weak = weak_from_this(), serial = serial_](const port::HttpResponse& response) {
        if (const auto self = weak.lock()) {
            self->answer(serial, response);
            self->process();
        }
    };
}

void HttpConnection::answer(std::uint64_t serial, const port::HttpResponse& response) {
    if (gone_ || phase_ != Phase::handling || serial != serial_) return;
    write_head(response, std::nullopt);
    finish_answer();
}

void HttpConnection::answer_received(
    const ReceiveHandler& handler, const port::HttpRequest& request
) {
    if (!receiver_) {  // a request without a body
        ReceiverOrResponse decided = handler(request);
        if (const auto* refused = std::get_if<port::HttpResponse>(&decided))
            return answer(serial_, *refused);
        receiver_ = std::move(std::get<std::unique_ptr<BodyReceiver>>(decided));
    }
    const auto receiver = std::exchange(receiver_, {});
    receiver->finish(responder());
}

void HttpConnection::answer_file(const FileAnswer& file, const port::HttpRequest& request) {
    file_ = FileBody::open(file, request);
    if (!file_) {
        answer(serial_, plain_answer(404));
        return;
    }
    write_head(file_->head(), file_->left_bytes());
    if (frame_.head_only || file_->left_bytes() == 0) {
        file_.reset();
        finish_answer();
        return;
    }
    enter(Phase::answering);
    pour_file();
}

void HttpConnection::pour_file() {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init): filled by what is read
    std::array<char, 32 * 1024> buffer;
    while (file_ && file_->left_bytes() > 0 && stream_->unsent_bytes() < file_queue_bytes) {
        const std::size_t count = file_->read(buffer);
        if (count == 0) {
            // The length is already promised: only breaking off tells the client that it is not
            // whole.
            frame_.close = true;
            file_.reset();
            finish_answer();
            return;
        }
        stream_->write(std::string_view(buffer.data(), count));
    }
    if (!file_ || file_->left_bytes() > 0) return;
    file_.reset();
    finish_answer();
}

void HttpConnection::refuse(int status) {
    ++shared_.counters.requests;
    ++shared_.counters.running;
    ++shared_.counters.refused;
    shared_.log.debug("http.refused", {{"status", status}, {"peer", Personal{stream_->peer()}}});
    frame_ = AnswerFrame();
    frame_.close = true;
    enter(Phase::handling);
    receiver_.reset();
    const auto early = std::exchange(early_answer_, std::nullopt);
    answer(++serial_, early ? *early : plain_answer(status));
}

void HttpConnection::write_head(
    const port::HttpResponse& response, std::optional<std::uint64_t> length
) {
    frame_.length = length;
    frame_.close = frame_.close || shared_.stopping;
    out_.clear();
    write_answer(out_, response, frame_, shared_.timers.time().wall());
    stream_->write(out_);
    if (out_.capacity() > keep_capacity_bytes) std::string().swap(out_);
}

void HttpConnection::finish_answer() {
    --shared_.counters.running;
    if (frame_.close) {
        close();
        return;
    }
    parser_.next();
    enter(Phase::idle);
}

void HttpConnection::enter(Phase phase) {
    if (phase == phase_) return;
    phase_ = phase;
    const HttpLimits& limits = shared_.limits;
    const TimePoint now = shared_.timers.now();
    switch (phase) {
        case Phase::idle:
            set_deadline(now + limits.idle_timeout);
            return;
        case Phase::header:
            set_deadline(now + limits.header_timeout);
            return;
        case Phase::body:
            set_deadline(now + limits.body_timeout);
            return;
        case Phase::handling:
            set_deadline(now + limits.handler_timeout);
            return;
        case Phase::answering:
            set_deadline(now + limits.write_timeout);
            return;
        case Phase::handshake:
        case Phase::closing:
            return;
    }
}

/// The timer is only touched when it would come too late; one that comes too early looks again.
void HttpConnection::set_deadline(TimePoint when) {
    deadline_ = when;
    if (timer_ && timer_.when <= when) return;
    shared_.timers.cancel(timer_);
    timer_ = shared_.timers.at(when, [this] {
        timer_ = {};
        at_deadline();
    });
}

void HttpConnection::at_deadline() {
    const auto self = shared_from_this();
    if (shared_.timers.now() < deadline_) {
        set_deadline(deadline_);
        return;
    }
    switch (phase_) {
        case Phase::header:
        case Phase::body:
            refuse(408);
            break;
        case Phase::handling:
            ++shared_.counters.refused;
            answer(serial_, plain_answer(503));
            process();
            break;
        case Phase::idle:
            close();
            break;
        case Phase::handshake:
        case Phase::answering:
        case Phase::closing:
            on_end(make_error(Fault::timeout));
            break;
    }
}

void HttpConnection::on_sent() {
    const auto self = shared_from_this();
    if (phase_ == Phase::answering) {
        set_deadline(shared_.timers.now() + shared_.limits.write_timeout);
        pour_file();
        process();
    } else if (phase_ == Phase::closing) {
        set_deadline(shared_.timers.now() + shared_.limits.write_timeout);
    }
}

void HttpConnection::close() {
    if (phase_ == Phase::closing) return;
    phase_ = Phase::closing;
    set_deadline(shared_.timers.now() + shared_.limits.write_timeout);
    stream_->close();
}

void HttpConnection::close_when_idle() {
    if (phase_ <= Phase::idle) close();
}

void HttpConnection::abort() {
    if (phase_ == Phase::handling || phase_ == Phase::answering) --shared_.counters.running;
    gone_ = true;
    closed_ = {};
    shared_.timers.cancel(timer_);
    stream_.reset();
}

void HttpConnection::on_end(const Error&) {
    if (std::exchange(gone_, true)) return;
    const auto self = shared_from_this();
    if (phase_ == Phase::handling || phase_ == Phase::answering) --shared_.counters.running;
    shared_.timers.cancel(timer_);
    const auto closed = std::exchange(closed_, {});
    if (closed) closed();
}

}  // namespace sallyport::net
