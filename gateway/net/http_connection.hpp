// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "gateway/net/byte_stream.hpp"
#include "gateway/net/http_file.hpp"
#include "gateway/net/http_parser.hpp"
#include "gateway/net/http_shared.hpp"
#include "gateway/net/http_writer.hpp"
#include "gateway/net/timers.hpp"

namespace sallyport::net {

/// One client's connection: request, answer, request, … in order. Over any ByteStream.
class HttpConnection final : public StreamHandler,
                             public std::enable_shared_from_this<HttpConnection> {
  public:
    /// `closed` runs once, when the connection is over; it may drop the last reference.
    HttpConnection(
        HttpShared& shared, std::unique_ptr<ByteStream> stream, std::function<void()> closed
    );
    ~HttpConnection() override;

    /// Begins to read; with a session, after the TLS handshake.
    void start(std::unique_ptr<TlsSession> tls);
    /// Closes if no request is under way; else after the answer.
    void close_when_idle();
    /// Drops it at once; `closed` is not called.
    void abort();
    const std::string& peer() const { return stream_->peer(); }

  private:
    enum class Phase { handshake, idle, header, body, handling, answering, closing };

    void on_bytes(std::string_view bytes) override;
    void on_end(const Error& why) override;
    void on_sent() override;

    void process();
    void consume(std::string_view bytes);
    void after_feed();
    HttpParser::BodyPlan plan_body(const port::HttpRequest& head);
    bool take_piece(std::string_view bytes);
    void begin_request();
    void call(const HttpRoutes::Route& route, port::HttpRequest request);
    void answer(std::uint64_t serial, const port::HttpResponse& response);
    /// For a handler that answers now or later.
    port::Respond responder();
    void answer_received(const ReceiveHandler& handler, const port::HttpRequest& request);
    void answer_file(const FileAnswer& file, const port::HttpRequest& request);
    void refuse(int status);
    void write_head(const port::HttpResponse& response, std::optional<std::uint64_t> length);
    void pour_file();
    void finish_answer();
    void enter(Phase phase);
    void set_deadline(TimePoint when);
    void at_deadline();
    void close();

    HttpShared& shared_;
    std::unique_ptr<ByteStream> stream_;
    std::function<void()> closed_;
    HttpParser parser_;
    std::string unread_;  ///< bytes that the parser could not take yet
    std::string out_;     ///< scratch for one head
    std::optional<FileBody> file_;
    std::unique_ptr<BodyReceiver> receiver_;  ///< of the body that is coming
    TimePoint receive_until_{};
    std::optional<port::HttpResponse> early_answer_;  ///< why the body is not wanted
    AnswerFrame frame_;
    Phase phase_ = Phase::handshake;
    TimePoint deadline_{};
    Timers::Handle timer_;
    std::uint64_t serial_ =
        0;  ///< of the request in a handler: later answers to older ones are dropped
    bool processing_ = false;
    bool gone_ = false;
};

}  // namespace sallyport::net
