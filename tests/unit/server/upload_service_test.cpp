// SPDX-License-Identifier: Apache-2.0
// XEP-0363, the XMPP side.
#include "tests/unit/server/service_world.hpp"
#include "xmpp/core/namespaces.hpp"
#include "xmpp/xep/upload.hpp"

namespace sallyport::test {
namespace {

using Lines = std::vector<std::string>;

std::string wish(std::string_view attributes) {
    return "<iq type='get' id='u' to='example.org'><request xmlns='urn:xmpp:http:upload:0' " +
           std::string(attributes) + "/></iq>";
}

TEST(Upload, gives_a_place_to_people_of_this_server) {
    ServiceWorld world;
    auto alice = world.log_in("alice", "phone");
    world.send(*alice, wish("filename='très cool.jpg' size='1000' content-type='image/jpeg'"));
    const auto got = alice->take();
    ASSERT_EQ(got.size(), 1U);
    const auto* element = got[0].element().child("slot", xmpp::ns::upload);
    ASSERT_NE(element, nullptr);
    const auto slot = xmpp::parse_upload_slot(*element);
    EXPECT_EQ(slot.put_url, "https://files.example.org/put");
    EXPECT_EQ(slot.get_url, "https://files.example.org/get");
    ASSERT_EQ(world.place.asked.size(), 1U);
    EXPECT_EQ(world.place.asked[0].first, "alice@example.org");
    EXPECT_EQ(world.place.asked[0].second, "très cool.jpg");
}

TEST(Upload, says_how_large_a_file_may_be) {
    ServiceWorld world;
    auto alice = world.log_in("alice", "phone");
    world.send(*alice, wish("filename='a.jpg' size='1001'"));
    const auto got = alice->take();
    ASSERT_EQ(conditions(got), Lines{"not-acceptable"});
    const auto* error = got[0].element().child("error", "jabber:client");
    const auto* large = error->child("file-too-large", xmpp::ns::upload);
    ASSERT_NE(large, nullptr);
    EXPECT_EQ(large->child_text("max-file-size", xmpp::ns::upload), "1000");
}

TEST(Upload, is_announced_with_its_limit) {
    ServiceWorld world;
    const auto& forms = world.world.hub.services().forms();
    ASSERT_EQ(forms.size(), 1U);
    EXPECT_EQ(forms[0].form_type(), xmpp::ns::upload);
    EXPECT_EQ(forms[0].value("max-file-size"), "1000");
}

TEST(Upload, refuses_wishes_without_name_or_size) {
    ServiceWorld world;
    auto alice = world.log_in("alice", "phone");
    for (const char* attributes :
         {"size='10'",
          "filename='a'",
          "filename='a' size='ten'",
          "filename='a' size='0'",
          "filename='a' size='-1'",
          "filename='' size='1'",
          "filename='a' size='1e3'"}) {
        world.send(*alice, wish(attributes));
        EXPECT_EQ(conditions(alice->take()), Lines{"bad-request"}) << attributes;
    }
    EXPECT_TRUE(world.place.asked.empty());
}

}  // namespace
}  // namespace sallyport::test
