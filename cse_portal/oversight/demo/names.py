"""Invented people and posts."""

SURNAMES = (
    "Abdi Achieng Adhiambo Akinyi Atieno Barasa Bett Charo Chebet Cheruiyot Ekai Gitonga Hassan Jepkosgei Kamau Kariuki Katana Kazungu Kilonzo "
    "Kimani Kinyua Kiplagat Kirimi Koech Kosgei Langat Lekolool Lesuuda Lokwang Macharia Maina Mohamed Mokua Muriuki Musyoka Muthoni Mutua Mwakio "
    "Mwangi Mwende Nekesa Ng'ang'a Ngetich Njeru Njoroge Noor Nyaboke Nyaga Nyambura Ochieng Odhiambo Oduor Ole-Sankan Omondi Onyango Otieno Ouma "
    "Rotich Simiyu Wafula Wambui Wanjiku Waweru Were"
).split()
WOMEN = (
    "Agnes Amina Beatrice Caroline Chepkemoi Esther Faith Fatuma Gladys Grace Halima Jane Janet Jelagat Kerubo Kwamboka Lilian Lucy Mary Mercy Moraa "
    "Nyokabi Ruth Sarah Susan Wairimu Zipporah"
).split()
MEN = (
    "Abdullahi Amos Brian Charles Collins Daniel David Dennis Erick Felix George Hassan James John Joseph Juma Kevin Kibet Kipkorir Michael Mutinda "
    "Ndungu Paul Peter Samuel Stephen Victor"
).split()
DESIGNATIONS = {
    "EXE": ["Secretary", "Director General", "Chief Executive Officer"],
    "SNR": ["Deputy Director", "Assistant Director", "Principal Officer"],
    "TEC": ["Accountant I", "Economist II", "ICT Officer I", "Land Officer", "Records Management Officer I"],
    "FRT": ["Clerical Officer", "Customer Care Assistant", "Office Administrative Assistant II", "Registration Assistant"],
    "SQA": ["Quality Assurance Officer", "Service Quality Assessor"],
}
JOB_GROUPS = {"EXE": "TUV", "SNR": "NPQR", "TEC": "JKLM", "FRT": "EFGH", "SQA": "KLMN"}
# Share of each CSE cadre among officers, and how far each has come with its training.
CADRES = {"EXE": (0.012, 0.75), "SNR": (0.07, 0.95), "TEC": (0.38, 0.9), "FRT": (0.508, 1.1), "SQA": (0.03, 1.15)}
# Counties where most national posts are; the others share the rest evenly.
POSTS_BY_COUNTY = {"047": 40, "001": 6, "042": 5, "032": 5, "027": 4, "022": 4, "037": 3, "016": 3, "012": 3, "014": 3}


def person(rng):
    """(surname, first name, other names, gender)."""
    woman = rng.random() < 0.48
    first = rng.choice(WOMEN if woman else MEN)
    other = rng.choice(WOMEN if woman else MEN) if rng.random() < 0.6 else ""
    return rng.choice(SURNAMES), first, "" if other == first else other, "F" if woman else "M"
