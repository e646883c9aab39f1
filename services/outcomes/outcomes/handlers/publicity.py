"""Makes readable for everyone (公示) what came of a topic: no numbers, no names (个人信息保护法 25)."""

import re
from collections.abc import Sequence

from common.county import County
from common.people import mask_phones
from outcomes.domain.outcome import Outcome
from outcomes.domain.task import Task
from outcomes.handlers.ports import Done, Publication

_SURNAMES = (
    "赵钱孙李周吴郑王冯陈卫蒋沈韩杨朱秦许何吕张孔曹严魏姜谢邹窦苏潘葛范彭鲁韦马苗方俞任袁柳史唐薛雷贺倪汤罗郝安常"
    "傅康顾孟黄萧尹姚邵汪毛米戴宋庞熊纪舒项祝董梁杜阮蓝席贾江童郭梅林钟徐邱骆高夏蔡田樊胡凌霍万柯卢莫房丁邓洪包左石"
    "崔龚程邢裴陆翁段侯宁甘武刘龙叶黎白赖乔翟谭申冉桑牛尚温庄晏柴阎曾关易廖耿欧聂辛岳"
)
_TITLES = "先生|女士|同志|师傅|大爷|大妈|大娘|大叔|阿姨|老人|奶奶|爷爷"
_LABELS = "姓名|联系人|反映人|当事人|申请人|户主|业主|家长|居民|村民|经办人|负责人"
_TITLED = re.compile(rf"([{_SURNAMES}])([\u4e00-\u9fff]{{1,2}})(?={_TITLES})")
_LABELLED = re.compile(rf"((?:{_LABELS})[:：]\s*[\u4e00-\u9fff])([\u4e00-\u9fff·]{{1,3}})")


def publication(county: County, outcome: Outcome, tasks: Sequence[Task]) -> Publication:
    """Make what everyone may read of an outcome: of what a department did, only the office's public answer."""
    division = county.division(outcome.division)
    return Publication(
        topic_id=outcome.topic_id,
        title=masked(outcome.title),
        division=division.name if division else outcome.division,
        kind=outcome.kind,
        agreement=masked(outcome.agreement),
        explanation=masked(outcome.adopted_text),
        tasks=[_done(county, task) for task in tasks],
        until=outcome.public_until,
    )


def masked(text: str) -> str:
    """Blot out numbers, and keep the family name alone of whom a text names by title or label: 王玉萍女士 is 王**女士.

    A name that stands alone in a sentence is not found: whoever writes for publication leaves it out.
    """
    text = mask_phones(text)
    for pattern in (_LABELLED, _TITLED):
        text = pattern.sub(lambda found: found[1] + "*" * len(found[2]), text)
    return text


def _done(county: County, task: Task) -> Done:
    department = county.department(task.department)
    return Done(
        department=department.title if department else task.department,
        title=masked(task.title),
        due_on=task.due_on,
        replied_on=task.replied_on,
        on_time=task.on_time,
        answer=masked(task.answer),
    )
