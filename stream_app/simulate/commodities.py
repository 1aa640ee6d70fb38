"""The tariff of the simulated administration: real HS 2022 subheadings, duty rates near the EU's, unit values near trade statistics.

`TABLE` holds one block per HS chapter. The block's head line: chapter | origins, the largest first | spread of ln(EUR/kg) between traders and
within one | package type and net kg a package | tare as a share of net mass | yearly swing of volume and its peak month.
A goods line: HS6, duty in percent, EUR/kg, supplementary unit, kg a unit, description. The figures are plausible, none is quoted.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from stream_app.simulate.columns import Bools, Floats, Ints
from stream_app.simulate.countries import CODES

TABLE = """
02 | BR NZ AR UA AU TH | .24 .09 | CT 18 | .06 | .10 11
020130 12.8 9.5 - 0 Beef, boneless, fresh or chilled
020230 12.8 6.1 - 0 Beef, boneless, frozen
020329 8.5 3.0 - 0 Pork, frozen
020442 10.2 6.8 - 0 Sheep cuts with bone, frozen
020714 15.4 2.4 - 0 Chicken cuts, frozen
03 | NO CN VN EC IN CL MA | .30 .12 | CT 12 | .09 | .15 12
030214 2 7.4 - 0 Atlantic salmon, fresh
030389 9 2.8 - 0 Fish, frozen
030487 18 6.2 - 0 Tuna fillets, frozen
030617 12 7.1 - 0 Shrimps and prawns, frozen
030752 8 6.6 - 0 Octopus, frozen
04 | NZ CH UA US GB CN | .28 .10 | CT 15 | .07 | .05 5
040221 16 3.6 - 0 Milk powder
040690 7.7 6.4 - 0 Cheese
040900 17.3 2.7 - 0 Natural honey
06 | KE ET EC CO | .30 .16 | CT 9 | .12 | .35 2
060290 6.5 3.4 - 0 Live plants
060311 8.5 5.2 NAR .05 Roses, cut
060319 8.5 5.9 NAR .06 Cut flowers
07 | MA TR EG IL CN PE KE | .27 .14 | CT 10 | .08 | .30 3
070200 8.8 1.5 - 0 Tomatoes, fresh
070310 9.6 .55 - 0 Onions, fresh
070320 9.6 1.7 - 0 Garlic, fresh
070820 10.4 2.6 - 0 Beans, fresh
071080 14.4 1.4 - 0 Vegetables, frozen
08 | ZA EC CO PE CL TR CR VN EG | .26 .13 | CT 14 | .07 | .25 2
080132 0 6.2 - 0 Cashew nuts, shelled
080390 16 .78 - 0 Bananas
080440 4 2.6 - 0 Avocados
080510 10.4 .84 - 0 Oranges
080610 11.5 2.2 - 0 Grapes, fresh
081190 14.4 2.3 - 0 Fruit, frozen
09 | BR VN CO ET KE LK IN | .32 .12 | BG 60 | .02 | .08 10
090111 0 3.9 - 0 Coffee, not roasted
090121 7.5 8.8 - 0 Coffee, roasted
090240 0 3.2 - 0 Black tea
090411 0 4.6 - 0 Pepper
10 | TH IN PK KH UA | .22 .08 | BG 50 | .01 | .10 10
100590 0 .24 - 0 Maize
100630 7.5 .95 - 0 Rice, milled
15 | UA ID MY TN TR | .20 .10 | DR 190 | .05 | .06 11
150920 9.6 5.6 - 0 Extra virgin olive oil
151190 9 .98 - 0 Palm oil, refined
151219 9.6 1.1 - 0 Sunflower oil, refined
16 | TH EC VN CN PH MA | .28 .10 | CT 11 | .14 | .08 6
160414 24 4.8 - 0 Tuna, prepared
160521 20 8.2 - 0 Shrimps, prepared
17 | BR TR GB CN MX | .30 .12 | BG 25 | .03 | .12 11
170199 18 .72 - 0 Sugar, refined
170490 14 3.3 - 0 Sugar confectionery
18 | CI GH CH TR GB | .34 .12 | CT 10 | .10 | .30 11
180500 8 4.1 - 0 Cocoa powder
180632 8.3 6.2 - 0 Chocolate bars
180690 8.3 7.0 - 0 Chocolate and cocoa preparations
19 | TR GB CN TH VN | .36 .12 | CT 6 | .16 | .12 11
190230 6.4 2.1 - 0 Pasta, prepared
190531 9 3.2 - 0 Sweet biscuits
190590 9 3.7 - 0 Bakers' wares
20 | TR CN BR TH US UA | .28 .10 | CT 14 | .15 | .06 6
200290 14.4 1.3 - 0 Tomato paste
200811 11 2.3 - 0 Groundnuts, prepared
200911 15 2.5 - 0 Orange juice, frozen
21 | US CN CH TH TR GB | .62 .22 | CT 9 | .14 | .05 1
210390 7.7 3.0 - 0 Sauces and condiments
210610 12.8 8.8 - 0 Protein concentrates
210690 9 9.5 - 0 Food preparations
22 | ZA CL US GB AU AR | .52 .20 | CT 9 | .55 | .25 11
220210 9.6 .92 LTR 1.02 Soft drinks
220300 0 1.3 LTR 1.01 Beer of malt
220421 4.1 4.2 LTR 1 Wine, bottled
220830 0 14.5 LTR .95 Whisky
220840 1.2 8.2 LTR .95 Rum
24 | CH TR ID US RS | .35 .14 | CT 10 | .12 | .03 6
240220 57.6 19 NAR .001 Cigarettes
240399 16.6 9.5 - 0 Manufactured tobacco
240412 6.5 38 - 0 Products with nicotine, inhaled without combustion
28 | CN US TR UA IN | .30 .12 | BG 25 | .02 | .03 5
281511 5.5 .62 - 0 Caustic soda, solid
283650 5 .41 - 0 Calcium carbonate
284700 5.5 .85 - 0 Hydrogen peroxide
29 | CN IN US JP KR CH | .48 .16 | DR 200 | .07 | .03 5
290531 5.5 .78 - 0 Ethylene glycol
291814 6.5 1.4 - 0 Citric acid
293621 0 32 - 0 Vitamins A
294190 0 95 - 0 Antibiotics
30 | CH US IN GB CN IL | .85 .30 | CT 7 | .22 | .06 1
300215 0 820 - 0 Immunological products
300420 0 62 - 0 Medicaments with antibiotics
300490 0 96 - 0 Medicaments for retail sale
32 | CN GB US IN TR | .36 .14 | DR 25 | .09 | .10 5
320611 6 2.6 - 0 Titanium dioxide pigments
320890 6.5 4.6 - 0 Paints and varnishes
321519 6.5 8.9 - 0 Printing ink
33 | US GB CN KR CH TR | .62 .24 | CT 7 | .30 | .22 11
330300 0 34 - 0 Perfumes
330499 0 21 - 0 Beauty and skin care
330510 0 4.4 - 0 Shampoos
330749 6.5 5.4 - 0 Room perfumes
34 | CN TR GB US MY | .38 .12 | CT 9 | .12 | .05 3
340111 0 3.1 - 0 Toilet soap
340250 4 2.1 - 0 Washing preparations
340600 0 3.8 - 0 Candles
38 | CN US IN GB IL | .50 .18 | DR 25 | .10 | .25 4
380891 6 9.8 - 0 Insecticides
380893 6 8.1 - 0 Herbicides
382499 6.5 3.9 - 0 Chemical preparations
39 | CN TR KR US TW VN | .46 .17 | CT 12 | .12 | .06 5
390110 6.5 1.2 - 0 Polyethylene, primary forms
390761 6.5 1.15 - 0 Polyethylene terephthalate
391990 6.5 5.4 - 0 Self-adhesive plates
392321 6.5 2.3 - 0 Sacks and bags of polyethylene
392410 6.5 4.1 - 0 Tableware of plastics
392690 6.5 6.3 - 0 Articles of plastics
40 | CN TH KR JP TR MY | .30 .12 | PK 40 | .03 | .20 10
401110 4.5 3.6 NAR 9 Tyres for cars
401120 4.5 3.1 NAR 55 Tyres for buses and lorries
401512 2 5.2 - 0 Medical gloves of rubber
401693 2.5 9.8 - 0 Gaskets of rubber
42 | CN IN VN KH TR | .58 .22 | CT 11 | .22 | .12 10
420212 9.7 6.2 NAR 3.2 Suitcases of plastics or textile
420221 3 52 NAR .8 Handbags of leather
420222 9.7 12.5 NAR .6 Handbags of plastics or textile
420231 3 38 - 0 Wallets of leather
420292 5.2 9.1 - 0 Bags and cases
44 | CN ID BR UA MY | .28 .12 | PK 900 | .03 | .08 5
440712 0 .52 MTQ 480 Softwood, sawn
440890 4 2.7 - 0 Veneer sheets
441231 10 .95 MTQ 560 Plywood, tropical wood
441875 0 1.9 MTK 9 Flooring panels of wood
48 | CN TR GB ID US | .30 .12 | PK 300 | .05 | .05 10
480256 0 .98 - 0 Office paper
481810 0 1.5 - 0 Toilet paper
481910 0 1.9 - 0 Cartons and boxes
482110 0 6.4 - 0 Labels, printed
49 | GB US CN IN | .45 .22 | CT 14 | .07 | .20 9
490199 0 6.0 - 0 Books
491110 0 4.3 - 0 Advertising print
52 | IN TR PK CN US EG | .28 .10 | BL 210 | .03 | .06 2
520100 0 1.75 - 0 Cotton, not carded
520524 4 3.2 - 0 Cotton yarn
520942 8 5.8 MTK .38 Denim
61 | BD CN TR VN IN KH PK | .38 .16 | CT 12 | .12 | .18 9
610462 12 11.8 NAR .32 Trousers of cotton, women's, knitted
610510 12 15 NAR .26 Shirts of cotton, men's, knitted
610910 12 11 NAR .15 T-shirts of cotton, knitted
611020 12 15.2 NAR .4 Jerseys and pullovers of cotton
611030 12 14 NAR .38 Jerseys and pullovers of man-made fibres
611595 12 10.4 NPR .045 Hosiery of cotton
62 | BD CN TR VN IN PK MA TN | .40 .16 | CT 11 | .13 | .20 8
620140 12 21 NAR .9 Anoraks of man-made fibres, men's
620342 12 13.4 NAR .5 Trousers of cotton, men's
620462 12 15.2 NAR .42 Trousers of cotton, women's
620463 12 17.5 NAR .36 Trousers of synthetic fibres, women's
620520 12 18.8 NAR .24 Shirts of cotton, men's
621210 6.5 32 NAR .08 Brassieres
63 | CN PK IN TR BD | .34 .14 | BL 30 | .06 | .06 9
630260 12 6.9 - 0 Towels of cotton
630790 6.3 6.1 - 0 Made-up textile articles
630900 5.3 .95 - 0 Worn clothing
64 | CN VN ID IN KH BR | .46 .18 | CT 10 | .20 | .18 3
640299 17 9.2 NPR .75 Footwear of rubber or plastics
640391 8 24 NPR 1.2 Leather footwear covering the ankle
640399 8 25.5 NPR .95 Leather footwear
640411 16.9 16 NPR .7 Sports footwear, textile uppers
640419 17 8.8 NPR .6 Footwear, textile uppers
65 | CN BD VN GB | .48 .20 | CT 8 | .18 | .15 5
650500 2.7 14.2 NAR .09 Hats, knitted
650610 2.7 13.5 NAR .8 Safety headgear
68 | CN IN TR BR | .34 .14 | CR 950 | .05 | .12 4
680293 0 .62 - 0 Granite, worked
681099 1.7 .9 - 0 Articles of cement
69 | CN TR IN UA AE | .32 .14 | CT 20 | .06 | .10 4
690721 5 .48 MTK 19 Ceramic tiles
691110 12 3.1 - 0 Tableware of porcelain
691200 5 2.4 - 0 Tableware of ceramics
70 | CN TR US UA | .40 .16 | CT 12 | .18 | .12 10
700910 4 11 - 0 Rear-view mirrors
701337 11 2.4 NAR .25 Drinking glasses
701990 7 4.6 - 0 Articles of glass fibre
71 | CN IN TH CH TR HK | .75 .32 | CT 2 | .40 | .35 11
711311 2.5 780 - 0 Jewellery of silver
711319 2.5 24000 - 0 Jewellery of gold
711719 4 28 - 0 Imitation jewellery
72 | TR CN UA IN KR TW | .18 .07 | CL 12000 | .01 | .04 4
720839 0 .66 - 0 Hot-rolled steel coils
721049 0 .88 - 0 Galvanised steel coils
722219 0 3.0 - 0 Stainless steel bars
73 | CN TR TW IN UA | .36 .14 | CT 22 | .06 | .05 4
730799 3.7 6.4 - 0 Pipe fittings
730890 0 2.5 - 0 Structures of steel
731815 3.7 3.4 - 0 Screws and bolts
732393 3.2 6.0 - 0 Kitchen articles of stainless steel
74 | CL TR RS CN | .14 .06 | PK 900 | .02 | .03 4
740811 4.8 8.4 - 0 Copper wire
741220 5.2 12.5 - 0 Copper fittings
76 | CN TR NO AE RS | .24 .10 | PK 600 | .03 | .04 4
760120 6 2.4 - 0 Aluminium alloys, unwrought
760612 7.5 3.8 - 0 Aluminium sheets
761510 6 6.6 - 0 Household articles of aluminium
82 | CN TW CH JP US | .52 .20 | CT 13 | .12 | .08 10
820559 3.7 7.6 - 0 Hand tools
820730 2.7 28 - 0 Pressing tools
821192 8.5 14.5 NAR .15 Knives
83 | CN TR TW IN | .42 .16 | CT 16 | .08 | .04 4
830140 2.7 9.4 - 0 Locks
830242 2.7 5.2 - 0 Furniture fittings
84 | CN JP US TR KR TH GB | .56 .20 | CT 24 | .14 | .06 4
841330 1.7 19 NAR 1.4 Pumps for engines
841510 2.5 7.4 NAR 38 Air conditioners
841810 1.9 4.1 NAR 62 Refrigerators
842139 1.7 17.5 - 0 Filters for gases
844332 0 14 NAR 9 Printers
845011 3 3.7 NAR 66 Washing machines
847130 0 205 NAR 1.9 Portable computers
847170 0 240 NAR .3 Storage units
848180 2.2 15.5 - 0 Taps and valves
848210 8 9.2 - 0 Ball bearings
85 | CN VN KR TW JP TH US MY | .60 .22 | CT 10 | .20 | .16 10
850440 0 22 NAR .4 Static converters and chargers
850760 2.7 19.5 NAR 2.2 Lithium-ion accumulators
850811 2.2 10.5 NAR 4.8 Vacuum cleaners
851660 2.7 7.2 NAR 12 Ovens and cookers
851713 0 560 NAR .3 Smartphones
851762 0 86 NAR .5 Routers and switches
851830 0 42 NAR .12 Headphones
852872 14 16.5 NAR 13 Television sets
853952 3.7 17 NAR .08 LED lamps
854143 0 2.4 NAR 21 Photovoltaic modules
854231 0 1400 NAR .004 Processors
854442 3.3 12.2 - 0 Cables with connectors
87 | JP KR CN TR GB US IN | .34 .12 | UN 120 | .04 | .08 3
870121 16 9.0 NAR 7600 Road tractors
870323 10 11.5 NAR 1420 Cars with spark-ignition engine
870380 10 14 NAR 1850 Electric cars
870829 4.5 8.8 - 0 Parts of car bodies
870830 4.5 6.0 - 0 Brakes and parts
871160 6 21 NAR 23 Electric bicycles
871200 14 10.5 NAR 14 Bicycles
90 | US CN CH JP GB IL | .72 .28 | CT 8 | .30 | .04 6
900410 2.9 48 NAR .035 Sunglasses
901890 0 92 - 0 Medical instruments
902789 0 165 - 0 Analysis instruments
903289 2.8 64 - 0 Regulating instruments
91 | CH CN JP HK | .95 .35 | CT 4 | .45 | .30 11
910111 0 21000 NAR .09 Wrist-watches, precious metal
910211 0 410 NAR .08 Wrist-watches
94 | CN VN TR ID MY UA | .40 .16 | CT 24 | .12 | .10 9
940161 0 4.4 NAR 22 Upholstered seats, wooden frames
940350 0 2.6 NAR 46 Bedroom furniture of wood
940360 0 3.0 NAR 26 Furniture of wood
940421 3.7 4.8 NAR 17 Mattresses
940511 2.7 9.6 NAR 1.6 Chandeliers and ceiling lamps, LED
95 | CN VN ID HK US | .50 .20 | CT 9 | .24 | .40 10
950300 0 7.8 - 0 Toys
950450 0 56 NAR 2.1 Video game consoles
950510 2.7 5.6 - 0 Christmas articles
950691 2.7 3.9 - 0 Gymnastics equipment
96 | CN TR JP IN VN | .50 .20 | CT 9 | .14 | .05 8
960810 3.7 12.2 NAR .01 Ball point pens
961310 2.7 8.4 NAR .02 Pocket lighters
961900 0 2.9 - 0 Sanitary towels and nappies
"""
# Chapters that private people order by post.
PARCEL_CHAPTERS = (33, 42, 61, 62, 64, 65, 71, 82, 85, 90, 91, 95)
# National codes below an HS6, by turns: none, or two or four further digits.
SUFFIXES = (("00",), ("10", "90"), ("0000", "1000", "9000"), ("",), ("20", "80"), ("0010", "0090"))
MOST_ORIGINS = 9


@dataclass(frozen=True, slots=True)
class Tariff:
    """Columns, one row a national commodity code in ascending order; `origins` and `origin_cdf` are (codes, MOST_ORIGINS)."""

    codes: list[str]
    descriptions: list[str]
    units: list[str]
    package_types: list[str]
    chapter: Ints
    duty_percent: Floats
    ln_eur_per_kg: Floats
    kg_per_unit: Floats
    kg_per_package: Floats
    spread_between: Floats
    spread_within: Floats
    tare_share: Floats
    season: Floats
    peak_day: Floats
    origins: Ints
    origin_cdf: Floats
    produces: Bools
    by_post: Ints


def _blocks() -> list[tuple[str, list[str]]]:
    lines = TABLE.strip().splitlines()
    heads = [i for i, line in enumerate(lines) if "|" in line] + [len(lines)]
    return [(lines[a], lines[a + 1 : b]) for a, b in pairwise(heads)]


def _rows() -> list[tuple[list[str], list[str], str]]:
    """(head fields, goods fields, national code) of every code."""
    rows = []
    for head, goods in _blocks():
        for line in goods:
            fields = line.split(maxsplit=5)
            rows += [(head.split("|"), fields, fields[0] + suffix) for suffix in SUFFIXES[int(fields[0]) % len(SUFFIXES)]]
    return sorted(rows, key=lambda row: row[2])


def _origins(rows: list[tuple[list[str], list[str], str]]) -> tuple[Ints, Floats, Bools]:
    """Producers of each code and their cumulative shares, falling as 1 / rank; short lists repeat their largest."""
    origins = np.zeros((len(rows), MOST_ORIGINS), dtype=np.int64)
    shares = np.zeros((len(rows), MOST_ORIGINS))
    produces = np.zeros((len(rows), len(CODES)), dtype=np.bool_)
    for row, (head, goods, _) in enumerate(rows):
        names = head[1].split()
        # Turned by the subheading, so that the codes of a chapter do not all have one main producer.
        turn = int(goods[0]) % 3
        found = [CODES.index(name) for name in names[turn:] + names[:turn]]
        origins[row] = found + found[:1] * (MOST_ORIGINS - len(found))
        shares[row, : len(found)] = 1 / np.arange(1, len(found) + 1)
        produces[row, found] = True
    return origins, np.cumsum(shares / shares.sum(axis=1, keepdims=True), axis=1), produces


def _numbers(rows: list[tuple[list[str], list[str], str]], part: int, word: int) -> Floats:
    return np.array([float(head[part].split()[word]) for head, _, _ in rows])


def build_tariff() -> Tariff:
    """The whole table as columns. The same in every world: what differs by seed is the price of each (code, origin)."""
    rows = _rows()
    goods = [fields for _, fields, _ in rows]
    origins, origin_cdf, produces = _origins(rows)
    chapter = np.array([int(fields[0][:2]) for fields in goods], dtype=np.int64)
    return Tariff(
        codes=[code for _, _, code in rows],
        descriptions=[fields[5] for fields in goods],
        units=["" if fields[3] == "-" else fields[3] for fields in goods],
        package_types=[head[3].split()[0] for head, _, _ in rows],
        chapter=chapter,
        duty_percent=np.array([float(fields[1]) for fields in goods]),
        ln_eur_per_kg=np.log([float(fields[2]) for fields in goods]),
        kg_per_unit=np.array([float(fields[4]) for fields in goods]),
        kg_per_package=_numbers(rows, 3, 1),
        spread_between=_numbers(rows, 2, 0),
        spread_within=_numbers(rows, 2, 1),
        tare_share=_numbers(rows, 4, 0),
        season=_numbers(rows, 5, 0),
        peak_day=_numbers(rows, 5, 1) * 30.4 - 15,
        origins=origins,
        origin_cdf=origin_cdf,
        produces=produces,
        by_post=np.flatnonzero(np.isin(chapter, PARCEL_CHAPTERS)),
    )
