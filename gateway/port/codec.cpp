// SPDX-License-Identifier: Apache-2.0
// bytes   = version kind field*          version = 0x01, kind = one ASCII letter
// field   = varint (numbers) | varint bytes (strings) | varint field* (lists)
// varint  = unsigned LEB128; signed numbers are zigzag-coded; optional = list of 0 or 1
#include "gateway/port/codec.hpp"

#include <limits>

namespace sallyport::port {
namespace {

constexpr char version = 1;
enum class Kind : char { send_message = 'S', message_received = 'R', form_values = 'F' };

class Encoder {
  public:
    explicit Encoder(Kind kind) : bytes_{version, static_cast<char>(kind)} {}

    void number(std::uint64_t value) {
        for (; value >= 0x80; value >>= 7) bytes_.push_back(static_cast<char>(value | 0x80));
        bytes_.push_back(static_cast<char>(value));
    }
    void signed_number(std::int64_t value) {
        const auto bits = static_cast<std::uint64_t>(value);
        number((bits << 1) ^ (value < 0 ? ~std::uint64_t{0} : 0));
    }
    void string(std::string_view value) {
        number(value.size());
        bytes_.append(value);
    }
    void address(const Address& value) {
        string(value.text);
        number(static_cast<std::uint64_t>(value.kind));
    }
    void reference(const MessageRef& value) {
        string(value.provider);
        string(value.id);
    }
    void attachment(const Attachment& value) {
        string(value.url);
        string(value.media_type);
        string(value.name);
        number(value.size_bytes);
    }
    template <class T>
    void list(const std::vector<T>& items, void (Encoder::*each)(const T&)) {
        number(items.size());
        for (const T& item : items) (this->*each)(item);
    }
    void strings(const std::vector<std::string>& items) {
        number(items.size());
        for (const std::string& item : items) string(item);
    }
    std::string take() { return std::move(bytes_); }

  private:
    std::string bytes_;
};

/// Reads what Encoder wrote. After the first damage every value is empty and `good()` is false.
class Decoder {
  public:
    Decoder(std::string_view bytes, Kind kind) : rest_(bytes) {
        good_ = bytes.size() >= 2 && bytes[0] == version && bytes[1] == static_cast<char>(kind);
        rest_.remove_prefix(std::min<std::size_t>(2, rest_.size()));
    }
    bool good() const { return good_; }
    bool at_end() const { return good_ && rest_.empty(); }

    std::uint64_t number() {
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 64 && good_ && !rest_.empty(); shift += 7) {
            const auto byte = static_cast<unsigned char>(rest_.front());
            rest_.remove_prefix(1);
            value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
            if (byte < 0x80) return value;
        }
        good_ = false;
        return 0;
    }
    std::int64_t signed_number() {
        const std::uint64_t bits = number();
        return static_cast<std::int64_t>((bits >> 1) ^ ((bits & 1) != 0 ? ~std::uint64_t{0} : 0));
    }
    std::string string() {
        const std::uint64_t size = number();
        if (size > rest_.size()) good_ = false;
        if (!good_) return {};
        std::string value(rest_.substr(0, size));
        rest_.remove_prefix(size);
        return value;
    }
    Address address() {
        std::string text = string();
        const std::uint64_t kind = number();
        if (kind > static_cast<std::uint64_t>(Address::Kind::service)) good_ = false;
        return good_ ? Address(std::move(text), static_cast<Address::Kind>(kind)) : Address();
    }
    MessageRef reference() {
        std::string provider = string();
        return {std::move(provider), string()};
    }
    Attachment attachment() {
        Attachment value;
        value.url = string();
        value.media_type = string();
        value.name = string();
        value.size_bytes = number();
        return value;
    }
    /// Ends at the first missing byte, so a damaged count cannot make us allocate more than the
    /// input holds.
    template <class T>
    std::vector<T> list(T (Decoder::*each)()) {
        std::vector<T> items;
        for (std::uint64_t left = number(); left > 0 && good_; --left)
            items.push_back((this->*each)());
        return items;
    }
    /// `value` unless the bytes were damaged or more follows than this version knows.
    template <class T>
    Result<T> finish(T value) const {
        if (!at_end()) return Error("stored message is damaged or was written by a newer version");
        return value;
    }

  private:
    std::string_view rest_;
    bool good_ = false;
};

template <class T>
std::vector<T> as_list(const std::optional<T>& value) {
    return value ? std::vector<T>{*value} : std::vector<T>{};
}

template <class T>
std::optional<T> as_optional(std::vector<T> list) {
    if (list.empty()) return std::nullopt;
    return std::move(list.front());
}

}  // namespace

std::string encode(const SendMessage& message) {
    Encoder out(Kind::send_message);
    out.address(message.to);
    out.string(message.text);
    out.list(message.attachments, &Encoder::attachment);
    out.string(message.language);
    out.list(as_list(message.reply_to), &Encoder::reference);
    out.string(message.subject);
    return out.take();
}

Result<SendMessage> decode_send_message(std::string_view bytes) {
    Decoder in(bytes, Kind::send_message);
    SendMessage message;
    message.to = in.address();
    message.text = in.string();
    message.attachments = in.list(&Decoder::attachment);
    message.language = in.string();
    message.reply_to = as_optional(in.list(&Decoder::reference));
    message.subject = in.string();
    return in.finish(std::move(message));
}

std::string encode(const MessageReceived& message) {
    Encoder out(Kind::message_received);
    out.address(message.from);
    out.string(message.own_address);
    out.reference(message.ref);
    out.string(message.text);
    out.list(message.attachments, &Encoder::attachment);
    out.list(message.other_recipients, &Encoder::address);
    out.number(message.sent_at ? 1 : 0);
    if (message.sent_at) out.signed_number(message.sent_at->time_since_epoch().count());
    out.number(message.by_me ? 1 : 0);
    return out.take();
}

Result<MessageReceived> decode_message_received(std::string_view bytes) {
    Decoder in(bytes, Kind::message_received);
    MessageReceived message;
    message.from = in.address();
    message.own_address = in.string();
    message.ref = in.reference();
    message.text = in.string();
    message.attachments = in.list(&Decoder::attachment);
    message.other_recipients = in.list(&Decoder::address);
    if (in.number() != 0) message.sent_at = WallTime(std::chrono::milliseconds(in.signed_number()));
    message.by_me = in.number() != 0;
    return in.finish(std::move(message));
}

std::string encode(const FormValues& values) {
    Encoder out(Kind::form_values);
    out.number(values.size());
    for (const auto& [name, list] : values) {
        out.string(name);
        out.strings(list);
    }
    return out.take();
}

Result<FormValues> decode_form_values(std::string_view bytes) {
    Decoder in(bytes, Kind::form_values);
    FormValues values;
    for (std::uint64_t left = in.number(); left > 0 && in.good(); --left) {
        std::string name = in.string();
        values.emplace_back(std::move(name), in.list(&Decoder::string));
    }
    return in.finish(std::move(values));
}

}  // namespace sallyport::port
