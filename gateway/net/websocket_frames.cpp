// SPDX-License-Identifier: Apache-2.0
// RFC 6455 §5.2, a frame:
//   FIN 1 bit, RSV 3, opcode 4 | MASK 1, length 7 | length 16 or 64 when those were 126 or 127
//   masking key 4 bytes (a client's frames alone) | payload, each byte xor its byte of the key
#include "gateway/net/websocket_frames.hpp"

#include <algorithm>
#include <utility>

#include "xmpp/core/text.hpp"

namespace sallyport::net {
namespace {

constexpr std::uint8_t continuation = 0x0;
constexpr std::uint8_t text = 0x1;
constexpr std::uint8_t binary = 0x2;
constexpr std::uint8_t close_frame = 0x8;
constexpr std::uint8_t ping = 0x9;
constexpr std::uint8_t pong = 0xA;

constexpr unsigned fin_bit = 0x80;
constexpr unsigned reserved_bits = 0x70;
constexpr unsigned mask_bit = 0x80;
constexpr std::size_t max_control_bytes = 125;  // §5.5
constexpr std::size_t keep_capacity_bytes = 4096;

bool is_known(std::uint8_t opcode) {
    return opcode <= binary || (opcode >= close_frame && opcode <= pong);
}

/// §7.4: what may stand in a close frame.
bool is_close_lawful(std::string_view payload) {
    if (payload.empty()) return true;
    if (payload.size() < 2 || !is_utf8(payload.substr(2))) return false;
    const unsigned code =
        static_cast<unsigned char>(payload[0]) * 256U + static_cast<unsigned char>(payload[1]);
    const bool is_reserved = code == 1004 || code == 1005 || code == 1006 || code == 1015;
    return (code >= 1000 && code < 3000 && !is_reserved) || (code >= 3000 && code < 5000);
}

void write_head(std::string& out, std::uint8_t opcode, std::uint64_t length) {
    out += static_cast<char>(fin_bit | opcode);
    std::size_t wide = 0;
    if (length <= max_control_bytes) {
        out += static_cast<char>(length);
    } else {
        wide = length <= 0xFFFF ? 2 : 8;
        out += static_cast<char>(wide == 2 ? 126 : 127);
    }
    while (wide-- > 0) out += static_cast<char>((length >> (8 * wide)) & 0xFF);
}

}  // namespace

void WebSocketReader::feed(std::string_view bytes) {
    while (!bytes.empty() && !is_over_) in_payload_ ? take_payload(bytes) : take_head(bytes);
}

std::optional<WebSocketEvent> WebSocketReader::next() {
    if (events_.empty()) return std::nullopt;
    WebSocketEvent event = std::move(events_.front());
    events_.pop_front();
    return event;
}

void WebSocketReader::tell(Kind kind, std::string payload) {
    events_.push_back({kind, std::move(payload)});
}

void WebSocketReader::take_head(std::string_view& bytes) {
    const std::size_t missing = static_cast<std::size_t>(head_needed_ - head_size_);
    const std::size_t count = std::min(missing, bytes.size());
    std::copy_n(bytes.begin(), count, head_.begin() + head_size_);
    head_size_ = static_cast<std::uint8_t>(head_size_ + count);
    bytes.remove_prefix(count);
    if (head_size_ < head_needed_) return;
    if (head_needed_ > 2) return begin_payload();
    opcode_ = head_[0] & 0xFU;
    is_last_ = (head_[0] & fin_bit) != 0;
    if (!is_first_part_lawful()) {
        is_over_ = true;
        fault_ =
            opcode_ == binary ? WebSocketClose::unsupported_data : WebSocketClose::protocol_error;
        return;
    }
    const unsigned length = head_[1] & ~mask_bit;
    const unsigned wide = length == 126 ? 2 : length == 127 ? 8 : 0;
    head_needed_ = static_cast<std::uint8_t>(2 + wide + mask_.size());
}

/// What the first two bytes of a frame must keep to (§5.1, §5.2, §5.4, §5.5).
bool WebSocketReader::is_first_part_lawful() const {
    if ((head_[0] & reserved_bits) != 0 || (head_[1] & mask_bit) == 0) return false;
    if (!is_known(opcode_) || opcode_ == binary) return false;
    if (is_control()) return is_last_ && (head_[1] & ~mask_bit) <= max_control_bytes;
    return (opcode_ == continuation) == in_message_;
}

void WebSocketReader::begin_payload() {
    const std::size_t wide = head_needed_ - 2 - mask_.size();
    length_ = wide == 0 ? head_[1] & ~mask_bit : 0;
    for (std::size_t at = 0; at < wide; ++at) length_ = length_ << 8 | head_[2 + at];
    std::copy_n(head_.begin() + 2 + static_cast<std::ptrdiff_t>(wide), mask_.size(), mask_.begin());
    head_size_ = 0;
    head_needed_ = 2;
    taken_ = 0;
    // §5.2: as few bytes as will do, and the first bit of eight is 0.
    const bool is_wasteful = (wide == 2 && length_ < 126) || (wide == 8 && length_ <= 0xFFFF);
    if (is_wasteful || (length_ >> 63) != 0) {
        is_over_ = true;
        fault_ = WebSocketClose::protocol_error;
        return;
    }
    in_message_ = in_message_ || !is_control();
    in_payload_ = length_ > 0;
    if (!in_payload_) end_frame();
}

void WebSocketReader::take_payload(std::string_view& bytes) {
    std::string& into = is_control() ? control_ : message_;
    std::uint64_t count = std::min<std::uint64_t>(bytes.size(), length_ - taken_);
    if (!is_control()) count = std::min<std::uint64_t>(count, message_bytes_ + 1 - message_.size());
    const std::size_t begin = into.size();
    into.append(bytes.substr(0, count));
    for (std::size_t at = 0; at < count; ++at)
        into[begin + at] =
            static_cast<char>(static_cast<unsigned char>(into[begin + at]) ^ mask_[taken_++ % 4]);
    bytes.remove_prefix(count);
    if (!is_control() && message_.size() > message_bytes_) {
        is_over_ = true;
        fault_ = WebSocketClose::too_big;
        return tell(Kind::too_long, std::move(message_));
    }
    if (taken_ == length_) end_frame();
}

void WebSocketReader::end_frame() {
    in_payload_ = false;
    if (is_control()) return end_control();
    if (!is_last_) return;
    in_message_ = false;
    if (is_utf8(message_)) {
        tell(Kind::text, std::exchange(message_, {}));
    } else {
        is_over_ = true;
        fault_ = WebSocketClose::invalid_data;
    }
    if (message_.capacity() > keep_capacity_bytes) std::string().swap(message_);
}

void WebSocketReader::end_control() {
    std::string payload = std::exchange(control_, {});
    if (opcode_ == ping) return tell(Kind::ping, std::move(payload));
    if (opcode_ == pong) return tell(Kind::pong, std::move(payload));
    is_over_ = true;
    if (is_close_lawful(payload)) return tell(Kind::close, std::move(payload));
    fault_ = WebSocketClose::protocol_error;
}

void write_websocket_text(std::string& out, std::string_view message) {
    write_head(out, text, message.size());
    out += message;
}

void write_websocket_ping(std::string& out) {
    write_head(out, ping, 0);
}

void write_websocket_pong(std::string& out, std::string_view payload) {
    write_head(out, pong, payload.size());
    out += payload;
}

void write_websocket_close(std::string& out, WebSocketClose code) {
    const auto number = static_cast<unsigned>(code);
    write_head(out, close_frame, 2);
    out += static_cast<char>(number >> 8);
    out += static_cast<char>(number & 0xFFU);
}

void write_websocket_close_answer(std::string& out, std::string_view payload) {
    const std::string_view code = payload.substr(0, 2);
    write_head(out, close_frame, code.size());
    out += code;
}

}  // namespace sallyport::net
