// SPDX-License-Identifier: Apache-2.0
#include "xmpp/xml/reader.hpp"

#include <gtest/gtest.h>

#include "tests/support/play.hpp"
#include "tests/support/source_dir.hpp"
#include "xmpp/core/namespaces.hpp"
#include "xmpp/xml/writer.hpp"

namespace sallyport::xmpp {
namespace {

constexpr std::string_view header =
    "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>";
constexpr std::string_view faults[] = {
    "not_well_formed",
    "restricted_xml",
    "unsupported_encoding",
    "policy_violation",
    "bad_namespace_prefix",
    "bad_format"};

std::string tell(const XmlEvent& event) {
    if (const auto* element = std::get_if<Element>(&event)) return "element " + to_xml(*element);
    if (std::holds_alternative<StreamClosed>(event)) return "closed";
    const auto& opened = std::get<StreamOpened>(event);
    return "open " + std::string(opened.header.name()) + " in " + std::string(opened.header.ns()) +
           ", content " + opened.default_ns;
}

std::vector<std::string> drain(XmlReader& reader) {
    std::vector<std::string> events;
    while (auto event = reader.next()) events.push_back(tell(*event));
    return events;
}

// The reader as the player sees it: a fault and the end of the stream close the link.
class PlayedReader final : public test::PlayedMachine {
  public:
    void start(TimePoint) override {}
    void feed(std::string_view bytes, TimePoint) override {
        if (!over_) reader_.feed(bytes);
    }
    void closed(TimePoint) override { cut_ = true; }
    void tick(TimePoint) override {}
    std::optional<test::Output> poll() override {
        if (auto event = reader_.next()) {
            end_ = std::holds_alternative<StreamClosed>(*event);
            return test::Told{tell(*event)};
        }
        if (over_) return std::nullopt;
        if (auto fault = reader_.fault(); fault && !faulted_) {
            faulted_ = true;
            return test::Told{"fault " + name() + " (" + reader_.fault_detail() + ")"};
        }
        if (!faulted_ && !end_ && !cut_) return std::nullopt;
        over_ = true;
        return test::ClosedWith{faulted_ ? name() : end_ ? "closed" : "cut"};
    }
    std::optional<std::string> act(std::string_view, TimePoint) override {
        reader_.release();
        return std::nullopt;
    }

  private:
    std::string name() const { return std::string(faults[static_cast<int>(*reader_.fault())]); }
    XmlReader reader_;
    bool faulted_ = false, end_ = false, cut_ = false, over_ = false;
};

class ReaderTranscript : public testing::TestWithParam<std::filesystem::path> {};

TEST_P(ReaderTranscript, is_played) {
    test::play(GetParam(), [] { return std::make_unique<PlayedReader>(); });
}

std::vector<std::filesystem::path> golden() {
    return test::transcripts(test::source_dir() / "tests/golden/reader");
}

INSTANTIATE_TEST_SUITE_P(
    Golden,
    ReaderTranscript,
    testing::ValuesIn(golden()),
    [](const auto& name) { return name.param.stem().string(); }
);

TEST(XmlReader, delivers_any_stanza_at_its_last_byte_however_it_is_split) {
    const std::vector<std::string> stanzas{
        "<presence to='a@b/c'/>",
        "<presence to='a@b/c' ></presence >",
        "<message><body>&lt;&#10;</body><x xmlns='u'/></message>",
        "<m a=\">\" b='\"'/>",
        "<m><![CDATA[]]]]></m>"};
    for (const std::string& stanza : stanzas) {
        for (std::size_t cut = 1; cut < stanza.size(); ++cut) {
            XmlReader reader;
            reader.feed(header);
            reader.next();
            reader.feed(std::string_view(stanza).substr(0, cut));
            EXPECT_FALSE(reader.next()) << stanza << " at " << cut;
            reader.feed(std::string_view(stanza).substr(cut));
            EXPECT_TRUE(reader.next()) << stanza << " at " << cut;
        }
    }
}

TEST(XmlReader, gives_the_same_events_for_any_three_pieces) {
    const std::string bytes = std::string(header) + "<m a='1'>x<b/>&amp;</m> <n/></stream:stream>";
    XmlReader whole;
    whole.feed(bytes);
    const std::vector<std::string> expected = drain(whole);
    ASSERT_EQ(expected.size(), 4U);
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        for (std::size_t j = i; j < bytes.size(); ++j) {
            XmlReader reader;
            reader.feed(std::string_view(bytes).substr(0, i));
            reader.feed(std::string_view(bytes).substr(i, j - i));
            reader.feed(std::string_view(bytes).substr(j));
            ASSERT_EQ(drain(reader), expected) << i << ' ' << j;
        }
    }
}

// Without a gate this is 34 thousand million bytes looked at, 17 seconds.
TEST(XmlReader, reads_a_long_attribute_byte_by_byte_at_linear_cost) {
    ReaderLimits limits;
    limits.token_bytes = 300 * 1024;
    XmlReader reader(limits);
    reader.feed(header);
    reader.next();
    constexpr std::size_t size = 256 * 1024;
    const std::string stanza = "<m a='" + std::string(size, '>') + "'/>";
    for (char c : stanza) reader.feed(std::string_view(&c, 1));
    auto event = reader.next();
    ASSERT_TRUE(event);
    EXPECT_EQ(std::get<Element>(*event).attribute("a")->size(), size);
    EXPECT_LT(reader.work(), 2 * size + 1024 * 1024);
}

TEST(XmlReader, bounds_its_work_over_many_long_tags_too) {
    XmlReader reader;
    reader.feed(header);
    std::string stanza = "<m a='" + std::string(4000, 'x') + "'/>";
    std::size_t bytes = 0;
    for (int i = 0; i < 20; ++i)
        for (char c : stanza) reader.feed(std::string_view(&c, 1)), ++bytes;
    EXPECT_EQ(drain(reader).size(), 21U);
    EXPECT_LT(reader.work(), bytes * 200);
}

TEST(XmlReader, refuses_a_long_tag_byte_by_byte_no_later_than_at_its_limit) {
    XmlReader reader;
    reader.feed(header);
    reader.feed("<m a='");
    std::size_t fed = 6;
    for (; !reader.fault() && fed < 1'000'000; ++fed) reader.feed("x");
    EXPECT_EQ(reader.fault(), XmlFault::policy_violation);
    EXPECT_LE(fed, ReaderLimits().token_bytes + 1);
}

TEST(XmlReader, refuses_sixteen_thousand_attributes) {
    std::string stanza = "<m";
    for (int i = 0; i < 16'000; ++i) stanza += " a" + std::to_string(i) + "=''";
    for (std::size_t token : {std::size_t{64 * 1024}, std::size_t{1024 * 1024}}) {
        ReaderLimits limits;
        limits.token_bytes = token;
        XmlReader reader(limits);
        reader.feed(header);
        reader.feed(stanza + "/>");
        EXPECT_EQ(reader.fault(), XmlFault::policy_violation);
    }
}

TEST(XmlReader, accepts_what_is_exactly_at_the_limits) {
    ReaderLimits limits;
    limits.depth = 3;
    limits.elements = 4;
    limits.attributes = 2;
    limits.stanza_bytes = 40;
    XmlReader reader(limits);
    reader.feed(header);
    reader.next();
    reader.feed("<m a='' b=''><n><o/></n><p c='xxxxx'/></m>");
    EXPECT_EQ(reader.fault(), XmlFault::policy_violation);  // 42 bytes
    reader.reset(limits);
    reader.feed(header);
    reader.next();
    reader.feed("<m a='' b=''><n><o/></n><p c='xxx'/></m>");
    EXPECT_FALSE(reader.fault()) << reader.fault_detail();
    EXPECT_TRUE(reader.next());
}

TEST(XmlReader, stops_a_stanza_that_never_ends_at_its_limit) {
    ReaderLimits limits;
    limits.stanza_bytes = 10'000;
    XmlReader reader(limits);
    reader.feed(header);
    reader.feed("<m>");
    std::size_t fed = 3;
    for (; !reader.fault() && fed < 100'000; fed += 10) reader.feed("aaaaaaaaaa");
    EXPECT_EQ(reader.fault(), XmlFault::policy_violation);
    EXPECT_LE(fed, 10'020U);
}

TEST(XmlReader, is_at_rest_between_stanzas_only) {
    XmlReader reader;
    EXPECT_FALSE(reader.at_rest());
    reader.feed(header);
    EXPECT_FALSE(reader.at_rest());  // the header is still to be taken
    reader.next();
    EXPECT_TRUE(reader.at_rest());
    reader.feed("<m");
    EXPECT_FALSE(reader.at_rest());
    reader.feed("/>");
    EXPECT_FALSE(reader.at_rest());
    reader.next();
    EXPECT_TRUE(reader.at_rest());
    reader.feed(" ");
    EXPECT_TRUE(reader.at_rest());
    reader.feed("</stream:stream>");
    reader.next();
    EXPECT_FALSE(reader.at_rest());
}

TEST(XmlReader, keeps_events_before_a_fault) {
    XmlReader reader;
    reader.feed(std::string(header) + "<m/><n><!---->");
    EXPECT_EQ(drain(reader).size(), 2U);
    EXPECT_EQ(reader.fault(), XmlFault::restricted_xml);
}

TEST(XmlReader, starts_anew_after_reset) {
    XmlReader reader;
    reader.feed("nonsense");
    ASSERT_TRUE(reader.fault());
    reader.reset({});
    EXPECT_FALSE(reader.fault());
    reader.feed(header);
    EXPECT_EQ(drain(reader).size(), 1U);
}

TEST(XmlReader, lists_the_prefixes_of_the_header) {
    XmlReader reader;
    reader.feed(
        "<s:stream xmlns='jabber:server' xmlns:s='http://etherx.jabber.org/streams' "
        "xmlns:db='jabber:server:dialback' to='x'>"
    );
    auto event = reader.next();
    ASSERT_TRUE(event);
    const auto& opened = std::get<StreamOpened>(*event);
    ASSERT_EQ(opened.prefixes.size(), 2U);
    EXPECT_EQ(opened.prefixes[1].second, "jabber:server:dialback");
    EXPECT_EQ(opened.header.attribute("to"), "x");
}

TEST(XmlReader, can_be_moved_in_the_midst_of_a_stanza) {
    XmlReader first;
    first.feed(std::string(header) + "<m><n>");
    XmlReader second = std::move(first);
    second.feed("</n></m>");
    EXPECT_EQ(drain(second).size(), 2U);
}

}  // namespace
}  // namespace sallyport::xmpp
