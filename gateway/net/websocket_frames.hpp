// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

namespace sallyport::net {

/// RFC 6455 §7.4.1, those that we send.
enum class WebSocketClose : std::uint16_t {
    normal = 1000,
    protocol_error = 1002,
    unsupported_data = 1003,  ///< a binary message: RFC 7395 §3.1 knows text alone
    invalid_data = 1007,      ///< a text that is not UTF-8
    too_big = 1009
};

/// What a client's frames came to.
struct WebSocketEvent {
    enum class Kind {
        text,      ///< a whole message, however many frames it came in
        too_long,  ///< its beginning, one byte more than may come; the last event
        ping,
        pong,
        close  ///< §5.5.1: `payload` is the code in two bytes and a reason, or empty
    };
    Kind kind = Kind::text;
    std::string payload;
};

/// RFC 6455 §5, the server's side: bytes in any split become messages and control frames. Holds at
/// most one message and one frame of control. No socket, no clock.
class WebSocketReader {
  public:
    explicit WebSocketReader(std::size_t message_bytes) : message_bytes_(message_bytes) {}

    /// The longest message, from now on.
    void set_message_bytes(std::size_t most) { message_bytes_ = most; }
    /// Nothing is taken any more after a fault or a close frame.
    void feed(std::string_view bytes);
    std::optional<WebSocketEvent> next();
    /// Why the connection has to be closed; look when next() has nothing more.
    std::optional<WebSocketClose> fault() const { return fault_; }

  private:
    using Kind = WebSocketEvent::Kind;

    void take_head(std::string_view& bytes);
    void take_payload(std::string_view& bytes);
    bool is_first_part_lawful() const;
    void begin_payload();
    void end_frame();
    void end_control();
    void tell(Kind kind, std::string payload);
    bool is_control() const { return (opcode_ & 0x8U) != 0; }

    std::size_t message_bytes_;
    std::array<unsigned char, 14> head_{};  ///< of the frame that is coming
    std::uint8_t head_size_ = 0;
    std::uint8_t head_needed_ = 2;
    std::uint8_t opcode_ = 0;
    bool is_last_ = false;  ///< FIN
    bool in_payload_ = false;
    bool in_message_ = false;  ///< a message has begun whose last frame has not come
    bool is_over_ = false;
    std::array<unsigned char, 4> mask_{};
    std::uint64_t length_ = 0;  ///< of this frame
    std::uint64_t taken_ = 0;   ///< of it
    std::string message_;
    std::string control_;
    std::deque<WebSocketEvent> events_;
    std::optional<WebSocketClose> fault_;
};

// ---- what a server writes: never masked, one frame a message ----

void write_websocket_text(std::string& out, std::string_view message);
void write_websocket_ping(std::string& out);
void write_websocket_pong(std::string& out, std::string_view payload);
void write_websocket_close(std::string& out, WebSocketClose code);
/// The answer to a close frame: its code, or none when it had none (§5.5.1).
void write_websocket_close_answer(std::string& out, std::string_view payload);

}  // namespace sallyport::net
