// Declarations over HTTP: all or nothing, and everything that does not fit is named.
#include "api/api_for_tests.h"

namespace beltwarden::api {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::string kPath = "/api/v1/declarations";
const std::string kGood =
    R"({"number":"D1","hs_code":"2601112000","brand":"Carajas fines","origin":"Brazil","consignee":"Acme Steel","ship":"Ore Sao Luis",)"
    R"("call":"V2611","lot":"L1","feed_number":1,"mass_t":150,"composition":{"Fe":65.2,"moisture":8.5},"commodity":"iron-ore"})";

class DeclarationsTest : public ApiTest {
 protected:
  static std::string with(const std::string& from, const std::string& to) {
    std::string text = kGood;
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
  }
  /// "row field" of each that does not fit.
  static std::vector<std::string> fields(const Answer& answer) {
    std::vector<std::string> out;
    const auto list = answer.at("/error/fields");
    if (!list.is_array()) return out;
    for (const auto& field : list.as_array()) {
      const auto* row = field.as_object().if_contains("row");
      out.push_back((row ? std::to_string(row->as_int64()) : "-") + " " + std::string(field.at("field").as_string()));
    }
    return out;
  }
};

TEST_F(DeclarationsTest, TheSameAgainChangesNothing) {
  const auto officer = as("officer");
  const auto first = officer.post(kPath, kGood);
  EXPECT_EQ(first.status, 200u) << first.body;
  EXPECT_EQ(first.body, R"({"accepted":1,"unchanged":0,"numbers":["D1"]})");
  EXPECT_EQ(officer.post(kPath, kGood).body, R"({"accepted":0,"unchanged":1,"numbers":["D1"]})");
  EXPECT_EQ(officer.post(kPath, "[" + kGood + "]").body, R"({"accepted":0,"unchanged":1,"numbers":["D1"]})");
  EXPECT_EQ(officer.post(kPath, with("150", "160")).body, R"({"accepted":1,"unchanged":0,"numbers":["D1"]})") << "not yet discharging";
  EXPECT_EQ(sent.size(), 2u) << "plans told to the site";
  const auto kept = officer.get(kPath);
  EXPECT_EQ(kept.at("/declarations/0/mass_t"), 160.0);
  EXPECT_EQ(kept.at("/declarations/0/composition/Fe"), 65.2);
  EXPECT_EQ(kept.text("/declarations/0/by"), "officer");
  EXPECT_EQ(kept.text("/declarations/0/state"), "declared");
}

TEST_F(DeclarationsTest, OtherContentsClashOnceTheLotIsDischarging) {
  const auto officer = as("officer");
  ASSERT_EQ(officer.post(kPath, kGood).status, 200u);
  take(record::slice_of("L1", 0, 50, {{0_t, 50_t}}));
  const auto clash = officer.post(kPath, with("150", "160"));
  EXPECT_EQ(clash.status, 409u);
  EXPECT_EQ(clash.code(), "conflict");
  EXPECT_THAT(fields(clash), ElementsAre("1 number"));
  EXPECT_THAT(fields(officer.post(kPath, with("D1", "D2"))), ElementsAre("1 lot", "1 feed_number"));
}

TEST_F(DeclarationsTest, JsonNamesEveryFieldThatDoesNotFit) {
  const auto officer = as("officer");
  const auto refused = officer.post(
      kPath, R"([{"number":"D 1","hs_code":26011,"brand":"Carajas fines","origin":"","consignee":"Acme Steel","ship":"S","call":"V1",)"
             R"("lot":"L1","feed_number":1.5,"mass_t":-3,"composition":{"Fe":"65","P":101},"commodity":"iron-ore","colour":"red"},)" +
                 kGood + R"(,{"number":"D3"}])");
  EXPECT_EQ(refused.status, 400u);
  EXPECT_THAT(fields(refused), ElementsAre("1 hs_code", "1 feed_number", "1 composition.Fe", "1 colour", "1 number", "1 origin", "1 mass_t",
                                           "1 composition.P", "2 lot", "3 hs_code", "3 brand", "3 origin", "3 consignee", "3 ship",
                                           "3 call", "3 lot", "3 commodity", "3 feed_number", "3 mass_t"));
  EXPECT_EQ(refused.text("/error/fields/0/message"), "expected a text in quotes");
  EXPECT_EQ(refused.text("/error/fields/3/message"), "is no field of a declaration");
  EXPECT_EQ(refused.text("/error/fields/6/message"), "expected more than 0 and at most 1000000 t, found -3");
  EXPECT_EQ(refused.message(), "19 fields do not fit; nothing was imported");
  EXPECT_EQ(officer.get(kPath).at("/declarations").as_array().size(), 0u);
}

TEST_F(DeclarationsTest, CsvNamesEveryFieldThatDoesNotFit) {
  const auto officer = as("officer");
  const std::string header = "number,hs_code,brand,origin,consignee,ship,call,lot,commodity,feed_number,mass_t,composition.Fe\n";
  const auto refused = officer.send("POST", kPath,
                                    header + "D1,26011,Carajas,Brazil,Acme,S,V1,L1,iron-ore,one,150,65.2\n"
                                             "D2,2601112000,,Brazil,Acme,S,V1,L2,iron-ore,2,-5,165\n",
                                    "text/csv; charset=utf-8");
  EXPECT_EQ(refused.status, 400u);
  EXPECT_THAT(fields(refused), ElementsAre("1 feed_number", "1 hs_code", "2 brand", "2 mass_t", "2 composition.Fe"));
  EXPECT_EQ(refused.text("/error/fields/0/message"), "expected a whole number, found \"one\"");
  EXPECT_THAT(fields(officer.send("POST", kPath, "number,colour\nD1,red\n", "text/csv")),
              ElementsAre("- colour", "- hs_code", "- brand", "- origin", "- consignee", "- ship", "- call", "- lot", "- commodity",
                          "- feed_number", "- mass_t"));
  EXPECT_THAT(fields(officer.send("POST", kPath, header + "D1,2601112000\n\"open,,,\n", "text/csv")), ElementsAre("1 ", "2 "));
  EXPECT_EQ(officer.send("POST", kPath, header + "D1,2601112000,\"Carajas, \"\"fines\"\"\",Brazil,Acme,S,V1,L1,iron-ore,1,150,65.2\r\n",
                         "text/csv").status, 200u);
  EXPECT_EQ(officer.get(kPath).text("/declarations/0/brand"), "Carajas, \"fines\"");
}

TEST_F(DeclarationsTest, WhatIsNoDeclarationAtAllIsRefused) {
  const auto officer = as("officer");
  EXPECT_EQ(officer.post(kPath, R"({"number":"D1",)").status, 400u);
  EXPECT_EQ(officer.post(kPath, "[]").text("/error/fields/0/message"), "expected 1 to 1000 declarations, found 0");
  EXPECT_EQ(officer.post(kPath, "7").text("/error/fields/0/message"), "expected an object");
  EXPECT_EQ(officer.post(kPath, std::string(100, '[') + std::string(100, ']')).status, 400u);
  EXPECT_EQ(officer.send("POST", kPath, kGood, "application/xml").status, 415u);
  EXPECT_EQ(officer.send("POST", kPath, "", "text/csv").status, 415u) << "nothing sent, hence of no type";
  EXPECT_EQ(officer.post(kPath, with("\"call\"", "\"line\":\"Z\",\"call\"")).text("/error/fields/0/message"), "there is no line \"Z\" here");
  std::string many = "[" + kGood;
  for (int i = 0; i < 1000; ++i) many += "," + kGood;
  EXPECT_EQ(officer.post(kPath, many + "]").text("/error/fields/0/message"), "expected 1 to 1000 declarations, found 1001");
}

TEST_F(DeclarationsTest, AnAnswerToAFileThatIsAllWrongIsBounded) {
  std::string wrong = "{";
  for (int i = 0; i < 40'000; ++i) wrong += "\"x" + std::to_string(i) + "\":1,";
  wrong += "\"number\":1}";
  const auto refused = as("officer").post(kPath, wrong);
  EXPECT_EQ(refused.status, 400u);
  EXPECT_EQ(refused.at("/error/fields").as_array().size(), 500u);
  EXPECT_THAT(refused.message(), HasSubstr("fields do not fit"));
}

}  // namespace
}  // namespace beltwarden::api
