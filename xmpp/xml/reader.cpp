// SPDX-License-Identifier: Apache-2.0
#include "xmpp/xml/reader.hpp"

#undef NDEBUG  // a parser of foreign bytes keeps its assertions in every build
#include <algorithm>
#include <array>
#include <cassert>
#include <new>

#include <expat.h>

#include "xmpp/core/text.hpp"
#include "xmpp/xml/token_gate.hpp"
#include "xmpp/xml/tree_builder.hpp"
#include "xmpp/xml/writer.hpp"

namespace sallyport::xmpp {
namespace {

constexpr std::size_t gate_bytes =
    1024;  // a waiting token longer than this is kept from the parser until it is whole
constexpr std::size_t chunk_bytes = 1 << 20;  // expat counts in int

struct FreeParser {
    void operator()(XML_Parser parser) const { XML_ParserFree(parser); }
};
using Parser = std::unique_ptr<XML_ParserStruct, FreeParser>;

/// Parsers of streams that ended, restarted or fell silent, for those that begin or wake: a new one
/// costs 10 µs with its end. Those that long documents may have made large are not kept.
class SpareParsers {
  public:
    static SpareParsers& of_this_thread() {
        thread_local SpareParsers spares;
        return spares;
    }
    Parser take() {
        if (parsers_.empty()) return Parser(XML_ParserCreateNS("UTF-8", TreeBuilder::separator));
        Parser parser = std::move(parsers_.back());
        parsers_.pop_back();
        return parser;
    }
    void give(Parser parser, std::size_t fed_bytes) {
        if (!parser || parsers_.size() >= most || fed_bytes > small_bytes) return;
        if (XML_ParserReset(parser.get(), "UTF-8")) parsers_.push_back(std::move(parser));
    }

  private:
    static constexpr std::size_t most = 16;
    static constexpr std::size_t small_bytes = 64 * 1024;
    std::vector<Parser> parsers_;
};

struct FaultRow {
    XML_Error error;
    XmlFault fault;
};

// Everything else is not-well-formed.
constexpr std::array<FaultRow, 6> fault_rows{{
    {XML_ERROR_UNKNOWN_ENCODING, XmlFault::unsupported_encoding},
    {XML_ERROR_INCORRECT_ENCODING, XmlFault::unsupported_encoding},
    {XML_ERROR_UNDEFINED_ENTITY, XmlFault::restricted_xml},
    {XML_ERROR_UNBOUND_PREFIX, XmlFault::bad_namespace_prefix},
    {XML_ERROR_NO_MEMORY, XmlFault::policy_violation},
    {XML_ERROR_AMPLIFICATION_LIMIT_BREACH, XmlFault::policy_violation},
}};

XmlFault to_fault(XML_Error error) {
    for (const FaultRow& row : fault_rows)
        if (row.error == error) return row.fault;
    return XmlFault::not_well_formed;
}

}  // namespace

struct XmlReader::State {
    explicit State(const ReaderLimits& limits) : builder(limits) {}
    ~State() { free_parser(); }
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    void feed(std::string_view bytes);
    void parse(std::string_view bytes);
    void make_parser();
    void free_parser() { SpareParsers::of_this_thread().give(std::move(parser), fed); }
    void remember_header();
    void look_at_waiting_token();
    std::string_view pass_gate(std::string_view bytes);

    // Byte positions of the tag or text being reported, counted from the birth of this parser.
    std::size_t begin() const {
        return static_cast<std::size_t>(XML_GetCurrentByteIndex(parser.get()));
    }
    std::size_t end() const {
        return begin() + static_cast<std::size_t>(XML_GetCurrentByteCount(parser.get()));
    }
    void fail(XmlFault fault, std::string_view detail) {
        builder.fail(fault, std::string(detail));
        if (parser) XML_StopParser(parser.get(), XML_FALSE);
    }
    void stop_if_failed() {
        if (builder.fault()) XML_StopParser(parser.get(), XML_FALSE);
    }
    bool is_over() const { return builder.fault() || builder.is_closed(); }

    TreeBuilder builder;
    Parser parser;
    TokenGate gate;
    std::string held;  // the bytes kept back by the gate
    std::string
        header;  // the stream's start tag with its namespaces only, to make a freed parser again
    bool replaying = false;   // while that is fed
    bool begun = false;       // a byte other than leading white space came
    std::size_t fed = 0;      // bytes given to this parser
    std::size_t waiting = 0;  // of them, those of the unfinished token
    std::uint64_t work = 0;
};

namespace {

XmlReader::State& self(void* user) {
    return *static_cast<XmlReader::State*>(user);
}

void on_start(void* user, const XML_Char* name, const XML_Char** attributes) {
    XmlReader::State& s = self(user);
    if (s.replaying || s.builder.fault()) return;
    bool first = !s.builder.in_stream();
    s.builder.open(name, attributes, s.begin(), s.end());
    if (first) s.remember_header();
    s.stop_if_failed();
}

void on_end(void* user, const XML_Char*) {
    XmlReader::State& s = self(user);
    if (s.builder.fault()) return;
    s.builder.close(s.end());
    if (s.is_over()) XML_StopParser(s.parser.get(), XML_FALSE);
}

void on_text(void* user, const XML_Char* text, int length) {
    XmlReader::State& s = self(user);
    if (s.builder.fault()) return;
    s.builder.text(std::string_view(text, static_cast<std::size_t>(length)), s.end());
    s.stop_if_failed();
}

void on_namespace(void* user, const XML_Char* prefix, const XML_Char* uri) {
    XmlReader::State& s = self(user);
    if (s.replaying || s.builder.fault()) return;
    s.builder.declare_namespace(prefix, uri);
    s.stop_if_failed();
}

void on_declaration(void* user, const XML_Char*, const XML_Char* encoding, int standalone) {
    if (encoding && !iequals_ascii(encoding, "UTF-8"))
        return self(user).fail(
            XmlFault::unsupported_encoding, "another encoding than UTF-8 is declared"
        );
    if (standalone == 0) self(user).fail(XmlFault::restricted_xml, "standalone='no'");
}

void on_doctype(void* user, const XML_Char*, const XML_Char*, const XML_Char*, int) {
    self(user).fail(XmlFault::restricted_xml, "a document type declaration");
}

void on_instruction(void* user, const XML_Char*, const XML_Char*) {
    self(user).fail(XmlFault::restricted_xml, "a processing instruction");
}

void on_comment(void* user, const XML_Char*) {
    self(user).fail(XmlFault::restricted_xml, "a comment");
}

}  // namespace

// Expat forgets these with every new parser; deferral would keep a stanza cut in two from being
// seen until the next one.
void XmlReader::State::make_parser() {
    parser = SpareParsers::of_this_thread().take();
    if (!parser) throw std::bad_alloc();
    XML_Parser p = parser.get();
    XML_SetReparseDeferralEnabled(p, XML_FALSE);
    XML_SetUserData(p, this);
    XML_SetElementHandler(p, on_start, on_end);
    XML_SetCharacterDataHandler(p, on_text);
    XML_SetStartNamespaceDeclHandler(p, on_namespace);
    XML_SetXmlDeclHandler(p, on_declaration);
    XML_SetStartDoctypeDeclHandler(p, on_doctype);
    XML_SetProcessingInstructionHandler(p, on_instruction);
    XML_SetCommentHandler(p, on_comment);
    fed = waiting = 0;
    if (header.empty()) return;
    replaying = true;
    parse(header);
    replaying = false;
}

// The closing tag must match the name as it was written, prefix and all, and stanzas use the
// prefixes declared here.
void XmlReader::State::remember_header() {
    if (builder.fault()) return;
    int offset = 0, size = 0;
    const char* context = XML_GetInputContext(parser.get(), &offset, &size);
    assert(context);
    std::string_view tag(context + offset, static_cast<std::size_t>(size - offset));
    header = tag.substr(0, tag.find_first_of(" \t\r\n/>"));
    auto declare = [&](std::string_view name, std::string_view uri) {
        header.append(" ").append(name).append("='");
        write_escaped(header, uri);
        header += '\'';
    };
    const StreamOpened& opened = builder.opened();
    if (!opened.default_ns.empty()) declare("xmlns", opened.default_ns);
    for (const auto& [prefix, uri] : opened.prefixes) declare("xmlns:" + prefix, uri);
    header += '>';
}

void XmlReader::State::feed(std::string_view bytes) {
    if (!begun) {
        // White space between a restart and the new stream is no part of it; expat refuses it
        // before <?xml.
        bytes.remove_prefix(std::min(bytes.find_first_not_of(" \t\r\n"), bytes.size()));
        if (bytes.empty()) return;
        begun = true;
        // RFC 6120 §11.6: U+FEFF is no byte order mark here, and as text it cannot stand before the
        // root.
        if (bytes.front() != '<') return fail(XmlFault::not_well_formed, "no XML at the start");
    }
    if (!parser) make_parser();
    while (!bytes.empty() && !is_over()) {
        if (gate.is_open()) {
            bytes = pass_gate(bytes);
            continue;
        }
        std::string_view piece = bytes.substr(0, chunk_bytes);
        bytes.remove_prefix(piece.size());
        parse(piece);
    }
}

void XmlReader::State::parse(std::string_view bytes) {
    work += waiting + bytes.size();
    fed += bytes.size();
    XML_Status status =
        XML_Parse(parser.get(), bytes.data(), static_cast<int>(bytes.size()), XML_FALSE);
    if (status == XML_STATUS_OK) {
        waiting = fed - end();
        if (waiting > gate_bytes) look_at_waiting_token();
        if (builder.in_stream()) builder.check_size(fed);
        return;
    }
    if (is_over()) return;
    XML_Error error = XML_GetErrorCode(parser.get());
    builder.fail(to_fault(error), XML_ErrorString(error));
}

void XmlReader::State::look_at_waiting_token() {
    int offset = 0, size = 0;
    const char* context = XML_GetInputContext(parser.get(), &offset, &size);
    assert(context && static_cast<std::size_t>(size) >= waiting);
    std::string_view token(context + size - waiting, waiting);
    if (waiting > builder.limits().token_bytes)
        builder.fail(XmlFault::policy_violation, "a tag is too long");
    else if (gate.open(token) == TokenGate::Verdict::refused)
        builder.fail(XmlFault::restricted_xml, "a reference, comment or declaration");
}

// Holds a long tag back until it is whole. Returns the bytes behind it.
std::string_view XmlReader::State::pass_gate(std::string_view bytes) {
    std::size_t length = gate.pass(bytes);
    std::string_view mine = bytes.substr(0, length);
    if (waiting + held.size() + mine.size() > builder.limits().token_bytes) {
        builder.fail(XmlFault::policy_violation, "a tag is too long");
        return {};
    }
    held.append(mine);
    work += mine.size();
    bytes.remove_prefix(mine.size());
    if (!gate.is_open()) {
        std::string whole = std::exchange(held, {});
        parse(whole);
    }
    return bytes;
}

XmlReader::XmlReader(ReaderLimits limits) : state_(std::make_unique<State>(limits)) {}
XmlReader::~XmlReader() = default;
XmlReader::XmlReader(XmlReader&&) noexcept = default;
XmlReader& XmlReader::operator=(XmlReader&&) noexcept = default;

void XmlReader::feed(std::string_view bytes) {
    if (!state_->is_over()) state_->feed(bytes);
}

std::optional<XmlEvent> XmlReader::next() {
    return state_->builder.next();
}

std::optional<XmlFault> XmlReader::fault() const {
    return state_->builder.fault();
}

const std::string& XmlReader::fault_detail() const {
    return state_->builder.fault_detail();
}

void XmlReader::reset(ReaderLimits limits) {
    state_ = std::make_unique<State>(limits);
}

void XmlReader::set_limits(const ReaderLimits& limits) {
    state_->builder.set_limits(limits);
}

bool XmlReader::at_rest() const {
    const State& s = *state_;
    return !s.is_over() && s.builder.between_stanzas() && !s.builder.has_events() &&
           s.waiting == 0 && !s.gate.is_open();
}

void XmlReader::release() {
    assert(at_rest());
    state_->free_parser();
    state_->builder.shrink();
    if (state_->held.empty()) std::string().swap(state_->held);
}

std::uint64_t XmlReader::work() const {
    return state_->work;
}

}  // namespace sallyport::xmpp
